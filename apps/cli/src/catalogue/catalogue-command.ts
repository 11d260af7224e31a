// `carillon catalogue check|diff|apply`: the catalogue of notification types as files in a repository. Guarantee:
// `apply` checks every type before it declares the first one.
import { isDeepStrictEqual } from 'node:util';
import { notificationType, type NotificationType } from '@carillon/domain';
import { Command } from 'commander';
import { z } from 'zod';
import { printableLine } from '../printable.ts';
import { operatorToken } from '../services/access-token.ts';
import { askPages, fetchJson } from '../services/ask-service.ts';
import { findService, type Service } from '../services/find-services.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { readDeclaredTypes } from './declared-types.ts';

interface Flags {
  json?: boolean;
  url?: string;
  dryRun?: boolean;
}

interface Change {
  type: NotificationType;
  change: 'added' | 'changed' | 'same';
  /** Of the type. */
  fields: string[];
}

const needs = 'the role operator';

const examples = `
A file holds \`types\` and \`categories\`, like the catalogue that ships with preferences. Preferences is found through
--url, PREFERENCES_URL, or a playground running in this repository. The token in CARILLON_TOKEN needs the role operator.
Types that no file names stay as they are.

Examples:
  $ carillon catalogue check catalogue/*.yaml
  $ carillon catalogue diff catalogue/*.yaml
  $ carillon catalogue apply catalogue/*.yaml
`;

export function catalogueCommand(terminal: Terminal): Command {
  const command = new Command('catalogue')
    .description('declare notification types from files: check them, compare them, apply them')
    .addHelpText('after', examples);
  const url = ['--url <url>', 'preferences (default: PREFERENCES_URL, else the playground)'] as const;
  const json = ['--json', 'one JSON object per line'] as const;
  command
    .command('check')
    .description('check types; nothing is stored')
    .argument('<files...>', 'YAML files that declare types')
    .option(...url)
    .option(...json)
    .action(async (files: string[], flags: Flags) => {
      const types = readDeclaredTypes(files, terminal.cwd);
      await check(await asking(terminal, flags), types);
      if (flags.json) for (const { name } of types) terminal.out(`${JSON.stringify({ name, valid: true })}\n`);
      else terminal.out(`${types.length} types are right\n`);
    });
  command
    .command('diff')
    .description('what apply would change; status 1 where it would change something')
    .argument('<files...>', 'YAML files that declare types')
    .option(...url)
    .option(...json)
    .action(async (files: string[], flags: Flags) => {
      const changes = await compare(await asking(terminal, flags), readDeclaredTypes(files, terminal.cwd));
      show(changes, flags, terminal);
      const differing = changes.filter(({ change }) => change !== 'same').length;
      if (differing > 0) throw new UserError(`${differing} types differ`);
    });
  command
    .command('apply')
    .description('declare the types of the files')
    .argument('<files...>', 'YAML files that declare types')
    .option(...url)
    .option(...json)
    .option('--dry-run', 'check and compare only')
    .action(async (files: string[], flags: Flags) => {
      const types = readDeclaredTypes(files, terminal.cwd);
      const asked = await asking(terminal, flags);
      await check(asked, types);
      const changes = await compare(asked, types);
      if (flags.dryRun !== true)
        for (const { type, change } of changes)
          if (change !== 'same') await send(asked, 'PUT', `/v1/types/${encodeURIComponent(type.name)}`, type);
      show(changes, flags, terminal);
    });
  return command;
}

interface Asked {
  service: Service;
  token: string;
}

const asking = async (terminal: Terminal, { url }: Flags): Promise<Asked> => ({
  service: findService(terminal, 'preferences', url),
  token: await operatorToken(terminal),
});

/** All types, so that every problem is shown at once. */
async function check(asked: Asked, types: readonly NotificationType[]): Promise<void> {
  const problems: string[] = [];
  for (const type of types)
    await send(asked, 'POST', '/v1/types/check', type).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    });
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

async function compare({ service, token }: Asked, types: readonly NotificationType[]): Promise<Change[]> {
  const stored = await askPages(service, {
    token,
    path: '/v1/types',
    item: z.looseObject({ name: z.string() }),
    needs,
  });
  if (!stored) throw new UserError(`preferences at ${service.url} has no types: is the URL that of preferences?`);
  const byName = new Map(stored.map((type) => [type.name, type]));
  return types.map((type) => {
    const known = byName.get(type.name);
    if (!known) return { type, change: 'added', fields: [] };
    const before = notificationType.partial().loose().parse(known) as Record<string, unknown>;
    const after: Record<string, unknown> = type;
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const fields = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
    return { type, change: fields.length > 0 ? 'changed' : 'same', fields };
  });
}

function show(changes: readonly Change[], { json }: Flags, terminal: Terminal): void {
  for (const { type, change, fields } of changes) {
    if (json) terminal.out(`${JSON.stringify({ name: type.name, change, fields })}\n`);
    else if (change !== 'same')
      terminal.out(`${change} ${printableLine(type.name)}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}\n`);
  }
  if (!json && changes.every(({ change }) => change === 'same')) terminal.out('nothing differs\n');
}

/** A refusal names the type and every field. */
async function send({ service, token }: Asked, method: string, path: string, type: NotificationType): Promise<void> {
  const answer = await fetchJson(`${service.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(type),
  });
  if (answer.ok) return;
  const { detail, errors = [] } = (answer.body ?? {}) as {
    detail?: string;
    errors?: { path: string; message: string }[];
  };
  const refused = answer.status === 401 || answer.status === 403 ? `; CARILLON_TOKEN needs ${needs}` : '';
  const lines =
    errors.length > 0
      ? errors.map(({ path: field, message }) => `${type.name}.${field}: ${message}`)
      : [`${type.name}: preferences answered ${answer.status}: ${detail ?? ''}${refused}`];
  throw new UserError(lines.map(printableLine).join('\n'));
}
