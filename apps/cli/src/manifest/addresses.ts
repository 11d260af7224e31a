// Where Slack and browsers reach Carillon: from options, else from the playground of this repository. Guarantees: an
// address is https, or http on this machine; it has no query, fragment, user or trailing slash, so that a path can be
// put behind it. It does not check that something answers there.
import { InvalidArgumentError } from 'commander';
import { findPlayground } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';

export interface AddressFlags {
  url?: string;
  installationUrl?: string;
  directoryUrl?: string;
  ingressUrl?: string;
}

export interface Addresses {
  installation: string;
  /** Undefined where nobody named it: members cannot link their own account then. */
  directory: string | undefined;
  ingress: string;
}

const loopbackHost = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Slack takes 2,500 characters in a redirect URL; our longest path is short. */
const maxLength = 2000;

/** The parser of the options; commander puts the name of the option before the message. */
export function publicAddress(text: string): string {
  const url = URL.parse(text);
  if (!url) throw new InvalidArgumentError('It must be a URL such as https://carillon.example.com.');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopbackHost.test(url.hostname)))
    throw new InvalidArgumentError('It must begin with https://; http:// is for addresses of this machine only.');
  if (url.username || url.password || url.search || url.hash)
    throw new InvalidArgumentError('It must have no user, query or fragment.');
  const address = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  if (address.length > maxLength) throw new InvalidArgumentError(`It must be at most ${maxLength} characters long.`);
  return address;
}

export function findAddresses({ cwd }: Terminal, flags: AddressFlags): Addresses {
  const installation = flags.installationUrl ?? flags.url;
  const ingress = flags.ingressUrl ?? flags.url;
  const directory = flags.directoryUrl ?? flags.url;
  if (installation !== undefined && ingress !== undefined) return { installation, directory, ingress };
  const services = findPlayground(cwd)?.services ?? {};
  return {
    installation: installation ?? services['installation'] ?? unknown('installation', '--installation-url'),
    directory: directory ?? services['directory-sync'],
    ingress: ingress ?? services['slack-ingress'] ?? unknown('slack-ingress', '--ingress-url'),
  };
}

function unknown(service: string, option: string): never {
  throw new UserError(
    `the public address of ${service} is unknown: give --url https://… (or ${option}), or start the playground with \`npm start\``,
    2,
  );
}

/** Slack itself reaches no address of this machine; the simulator does. */
export const isLoopback = (address: string): boolean => loopbackHost.test(new URL(address).hostname);
