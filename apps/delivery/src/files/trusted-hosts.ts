// The hosts that need no public address, by the operator's configuration: object stores inside the network.
// `store.internal` permits every port of the host, `store.internal:9000` that port alone. Guarantees: names are
// compared as the URL parser writes them, so every spelling that matches connects to the same host.

const httpsPort = '443';

export class TrustedHosts {
  readonly #hosts: ReadonlySet<string>;

  constructor(entries: readonly string[]) {
    this.#hosts = new Set(entries.map((entry) => hostOf(entry) ?? entry));
  }

  has({ hostname, port }: URL): boolean {
    return this.#hosts.has(hostname) || this.#hosts.has(`${hostname}:${port || httpsPort}`);
  }
}

/** The entry in the form that is compared; undefined where it names no host. */
export function hostOf(entry: string): string | undefined {
  if (!URL.canParse(`https://${entry}/`)) return undefined;
  const { host, hostname, pathname, username, search, hash } = new URL(`https://${entry}/`);
  if (pathname !== '/' || username || search || hash) return undefined;
  // The URL parser removes the default port of https, but an entry with :443 permits that port alone.
  return host === hostname && /:0*443$/.test(entry) ? `${hostname}:${httpsPort}` : host;
}
