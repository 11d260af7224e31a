// `carillon manifest`: the manifest to create the Slack app from (docs/connect-slack.md).
import { scopeProfileNames, type ScopeProfileName } from '@carillon/domain';
import { Command, InvalidArgumentError } from 'commander';
import yaml from 'yaml';
import type { Terminal } from '../terminal.ts';
import { findAddresses, isLoopback, publicAddress, type AddressFlags } from './addresses.ts';
import { slackManifest } from './slack-manifest.ts';

interface Flags extends AddressFlags {
  profile: ScopeProfileName;
  name: string;
  rotation: boolean;
  org?: boolean;
  json?: boolean;
}

const examples = `
Paste the output at https://api.slack.com/apps, "Create New App", "From a manifest". Without --url, the addresses of a
playground running in this repository are used; such a manifest is for the simulator only.

Examples:
  $ carillon manifest --profile direct --url https://carillon.example.com
  $ carillon manifest --profile full --installation-url https://connect.example.com --ingress-url https://slack.example.com
  $ carillon manifest --profile agents --url https://carillon.example.com --org --json
`;

export function manifestCommand(terminal: Terminal): Command {
  return new Command('manifest')
    .description('print the manifest to create the Slack app from')
    .requiredOption('--profile <name>', `what the app may do: ${scopeProfileNames.join(', ')}`, profileNamed)
    .option('--url <url>', 'public address of a gateway before the services', publicAddress)
    .option('--installation-url <url>', 'public address of installation (default: --url)', publicAddress)
    .option('--directory-url <url>', 'public address of directory-sync (default: --url)', publicAddress)
    .option('--ingress-url <url>', 'public address of slack-ingress (default: --url)', publicAddress)
    .option('--name <name>', "the app's name in Slack, at most 35 characters", appName, 'Carillon')
    .option('--no-rotation', 'bot tokens that do not expire')
    .option('--org', 'let an Enterprise organisation install the app for all its workspaces')
    .option('--json', 'JSON in place of YAML')
    .addHelpText('after', examples)
    .action((flags: Flags) => printManifest(flags, terminal));
}

function printManifest({ profile, name, rotation, org = false, json, ...flags }: Flags, terminal: Terminal): void {
  const addresses = findAddresses(terminal, flags);
  const manifest = slackManifest({ profile, name, addresses, rotation, org });
  terminal.out(json ? `${JSON.stringify(manifest, null, 2)}\n` : yaml.stringify(manifest));
  if (isLoopback(addresses.installation) || isLoopback(addresses.ingress))
    terminal.err('Slack cannot reach addresses of this machine: give --url for a real Slack app\n');
}

function profileNamed(text: string): ScopeProfileName {
  const found = scopeProfileNames.find((name) => name === text);
  if (!found) throw new InvalidArgumentError(`It must be one of ${scopeProfileNames.join(', ')}.`);
  return found;
}

/** Slack's limit, and one line: the name is shown in every message. */
function appName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 35) throw new InvalidArgumentError('It must have 1 to 35 characters.');
  if (/\p{C}/u.test(name)) throw new InvalidArgumentError('It must have no line breaks or control characters.');
  return name;
}
