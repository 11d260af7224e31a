// `carillon catalogue check|diff|apply`: the catalogue of notification types as files in a repository. Guarantee: each
// is one call to preferences, which checks all types and stores all of them or none.
import { Command } from 'commander';
import { z } from 'zod';
import { printableLine } from '../printable.ts';
import { operatorToken } from '../services/access-token.ts';
import { fetchJson } from '../services/ask-service.ts';
import { findService } from '../services/find-services.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { readDeclared } from './declared-types.ts';

interface Flags {
  json?: boolean;
  url?: string;
  dryRun?: boolean;
  prune?: boolean;
}

const shownChange = z.object({
  name: z.string(),
  change: z.string(),
  fields: z.array(z.string()).default([]),
  reason: z.string().optional(),
});
const applied = z.object({ types: z.array(shownChange), categories: z.array(shownChange).default([]) });
type Applied = z.output<typeof applied>;
type Change = z.output<typeof shownChange>;

const route = '/v1/types/apply';

export const diffExitStatus =
  'Exit status: 0 nothing differs; 1 something differs; 2 it could not be compared: a file is wrong, or preferences refused it or is not reachable.';

const examples = `
A file holds \`types\` and \`categories\`, like the catalogue that ships with preferences; a folder stands for its *.yaml.
Preferences is found through --url, PREFERENCES_URL, or a playground running in this repository. The token in
CARILLON_TOKEN needs the role operator. Types that no file names stay as they are, unless --prune removes them: those
that the API declared, and that no file of the service itself declares.

Examples:
  $ carillon catalogue check catalogue/
  $ carillon catalogue diff --prune catalogue/
  $ carillon catalogue apply catalogue/reports.yaml catalogue/security.yaml
`;

export function catalogueCommand(terminal: Terminal): Command {
  const command = new Command('catalogue')
    .description('declare notification types from files: check them, compare them, apply them')
    .addHelpText('after', examples);
  const declared = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .argument('<files...>', 'YAML files that declare types, or folders of them')
      .option('--url <url>', 'preferences (default: PREFERENCES_URL, else the playground)')
      .option('--json', 'one JSON object per line');
  const prune = ['--prune', 'remove what the API declared and no file names'] as const;

  declared('check', 'check types, and what needs a higher version; nothing is stored').action(
    async (files: string[], flags: Flags) => {
      const { types } = await apply(terminal, files, { ...flags, dryRun: true });
      if (flags.json) for (const { name } of types) terminal.out(`${JSON.stringify({ name, valid: true })}\n`);
      else terminal.out(`${types.length} types are right\n`);
    },
  );
  declared('diff', 'what apply would change')
    .option(...prune)
    .action(async (files: string[], flags: Flags) => {
      const differing = await apply(terminal, files, { ...flags, dryRun: true }).then(
        (changes) => show(changes, flags, terminal),
        (error: unknown) => {
          throw new UserError((error as Error).message, 2);
        },
      );
      if (differing > 0) throw new UserError(`apply would change ${differing}`);
    });
  declared('apply', 'declare the types and categories of the files: all of them, or none')
    .option('--dry-run', 'check and compare only')
    .option(...prune)
    .action(async (files: string[], flags: Flags) => {
      show(await apply(terminal, files, flags), flags, terminal);
    });
  return command;
}

async function apply(terminal: Terminal, files: string[], { url, dryRun, prune }: Flags): Promise<Applied> {
  const declared = readDeclared(files, terminal.cwd);
  const service = findService(terminal, 'preferences', url);
  const answer = await fetchJson(`${service.url}${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await operatorToken(terminal)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...declared, dryRun: dryRun === true, prune: prune === true }),
  });
  if (!answer.ok) throw refusal(answer.status, answer.body);
  const read = applied.safeParse(answer.body);
  if (read.success) return read.data;
  throw new UserError(`the answer of preferences to ${route} has an unknown shape: is this carillon as new as it?`);
}

const problem = z.object({
  detail: z.string().default(''),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

/** Each error names the type and the field. */
function refusal(status: number, body: unknown): UserError {
  const { detail, errors } = problem.catch({ detail: '', errors: [] }).parse(body);
  const hint =
    status === 401 || status === 403
      ? '; CARILLON_TOKEN needs the role operator'
      : status === 404
        ? '; is the URL that of preferences, and preferences as new as this carillon?'
        : '';
  const lines =
    errors.length > 0
      ? errors.map(({ path, message }) => `${path}: ${message}`)
      : [`preferences answered ${status}: ${detail}${hint}`];
  return new UserError(lines.map(printableLine).join('\n'), status === 400 ? 2 : 1);
}

/** Returns how many differ. */
function show({ types, categories }: Applied, { json }: Flags, terminal: Terminal): number {
  const changes = [
    ...types.map((change) => ({ kind: 'type', ...change })),
    ...categories.map((change) => ({ kind: 'category', ...change })),
  ];
  for (const change of changes) {
    if (json) terminal.out(`${JSON.stringify(change)}\n`);
    else if (change.change !== 'unchanged') terminal.out(`${lineOf(change)}\n`);
  }
  const differing = changes.filter(({ change }) => change !== 'unchanged' && change !== 'kept').length;
  if (!json && differing === 0) terminal.out('nothing differs\n');
  return differing;
}

function lineOf({ kind, name, change, fields, reason }: Change & { kind: string }): string {
  const why = reason ?? fields.join(', ');
  return printableLine(`${change} ${kind === 'type' ? '' : `${kind} `}${name}${why && `: ${why}`}`);
}
