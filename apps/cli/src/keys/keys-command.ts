// `carillon keys list|reseal`: which keys seal how many of Slack's tokens, and sealing all of them with the first key.
import { Command } from 'commander';
import { z } from 'zod';
import { operatorToken } from '../services/access-token.ts';
import { askService } from '../services/ask-service.ts';
import { findService } from '../services/find-services.ts';
import { table, UserError, type Terminal } from '../terminal.ts';

const needs = 'the role operator';
const keyList = z.object({ items: z.array(z.object({ kid: z.string(), rows: z.number(), known: z.boolean() })) });
const resealed = z.object({ kid: z.string(), resealed: z.number(), unreadable: z.number() });

const examples = `
To change keys: add the new key at the end of TOKEN_KEYS and roll out; move it to the front and roll out; reseal; take
the old key away when \`keys list\` shows no rows for it. Installation is found through INSTALLATION_URL, else through a
playground running in this repository. The token in CARILLON_TOKEN needs the role operator.

Examples:
  $ carillon keys list
  $ carillon keys reseal
`;

export function keysCommand(terminal: Terminal): Command {
  const command = new Command('keys')
    .description("the keys that seal Slack's tokens: list them, seal every token with the first one")
    .addHelpText('after', examples);
  const json = ['--json', 'as JSON'] as const;
  command
    .command('list')
    .description('list the keys with the number of tokens that each one sealed')
    .option(...json)
    .action((flags: { json?: boolean }) => list(flags, terminal));
  command
    .command('reseal')
    .description('seal every token with the first key of TOKEN_KEYS; status 1 where a token does not open')
    .option(...json)
    .action((flags: { json?: boolean }) => reseal(flags, terminal));
  return command;
}

async function list({ json }: { json?: boolean }, terminal: Terminal): Promise<void> {
  const { items } = await ask(terminal, '/v1/keys', keyList);
  if (json) return void items.forEach((one) => terminal.out(`${JSON.stringify(one)}\n`));
  const rows = items.map(({ kid, rows: count, known }) => [
    kid,
    String(count),
    known ? 'yes' : 'NO: tokens cannot be read',
  ]);
  terminal.out(table([['KEY', 'TOKENS', 'IN TOKEN_KEYS'], ...rows]));
}

async function reseal({ json }: { json?: boolean }, terminal: Terminal): Promise<void> {
  const result = await ask(terminal, '/v1/keys/reseal', resealed, {});
  terminal.out(
    json
      ? `${JSON.stringify(result)}\n`
      : `${result.resealed} tokens were sealed with ${result.kid}, ${result.unreadable} do not open.\n`,
  );
  if (result.unreadable > 0)
    throw new UserError('TOKEN_KEYS lacks a key; its organisations have to connect Slack again if it is lost');
}

async function ask<T>(terminal: Terminal, path: string, answer: z.ZodType<T>, body?: object): Promise<T> {
  const service = findService(terminal, 'installation');
  const token = await operatorToken(terminal);
  const found = await askService(service, { token, path, answer, needs, ...(body && { body }) });
  if (found === undefined) throw new UserError('installation has no such route: is it older than this carillon?');
  return found;
}
