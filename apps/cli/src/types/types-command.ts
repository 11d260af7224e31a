// `carillon types`: the notification types of the catalogue, which a request names in `type`.
import { Command } from 'commander';
import { z } from 'zod';
import { printableLine } from '../printable.ts';
import { accessToken } from '../services/access-token.ts';
import { askTypes } from '../services/ask-types.ts';
import { findService } from '../services/find-services.ts';
import { table, type Terminal } from '../terminal.ts';

interface Flags {
  json?: boolean;
  url?: string;
  tenant?: string;
}

/** Loose: a newer catalogue may say more, and --json repeats it. */
const notificationType = z.looseObject({
  name: z.string(),
  title: z.string(),
  category: z.string(),
  channels: z.array(z.string()),
  cadence: z.string().optional(),
  mutable: z.boolean().optional(),
  emailFallback: z.boolean().optional(),
  /** A JSON Schema of the request's `data`, where the type declares one. */
  schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }).optional(),
});
type NotificationType = z.infer<typeof notificationType>;

const examples = `
CHANNELS are the defaults of the type: organisations and members may choose others, unless the type is always sent.
DATA names the fields of the request's \`data\` that the type declares; a type that declares none takes any object.
The token in CARILLON_TOKEN needs any role of the tenant; in a playground one is fetched from its issuer.

Examples:
  $ carillon types
  $ carillon types --json
`;

export function typesCommand(terminal: Terminal): Command {
  return new Command('types')
    .description('list the notification types that can be published')
    .option('--json', 'one JSON object per line')
    .option('--url <url>', 'preferences (default: PREFERENCES_URL, else the playground)')
    .option('--tenant <id>', "the tenant of the token (default: the playground's)")
    .addHelpText('after', examples)
    .action((flags: Flags) => listTypes(flags, terminal));
}

async function listTypes(flags: Flags, terminal: Terminal): Promise<void> {
  const service = findService(terminal, 'preferences', flags.url);
  const token = await accessToken(terminal, { roles: ['admin'], tenant: flags.tenant });
  const found = await askTypes(service, token, notificationType);
  if (flags.json) return void found.forEach((type) => terminal.out(`${JSON.stringify(type)}\n`));
  if (found.length === 0) return void terminal.err('the catalogue has no types\n');
  terminal.out(table([['TYPE', 'TITLE', 'CATEGORY', 'CHANNELS', 'DATA', 'NOTES'], ...found.map(rowOf)]));
}

const rowOf = ({ name, title, category, channels, schema, ...type }: NotificationType): string[] =>
  [
    name,
    title,
    category,
    channels.length === 0 ? 'off' : channels.join(', '),
    Object.keys(schema?.properties ?? {}).join(', ') || 'any',
    [
      type.cadence !== undefined && type.cadence !== 'immediate' ? `${type.cadence} digest` : '',
      type.mutable === false ? 'always sent' : '',
      type.emailFallback ? 'e-mail where Slack cannot reach the member' : '',
    ]
      .filter(Boolean)
      .join('; '),
  ].map(printableLine);
