// The options that describe notifications, of every command that takes some: flags, or the requests of a JSON file.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findPlayground } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { jsonFrom, requestFrom, type RequestFlags } from './request-from.ts';

export interface RequestOptions extends RequestFlags {
  file?: string;
}

const repeated = (value: string, before: string[] = []): string[] => [...before, value];

export function addRequestOptions(command: Command): Command {
  return command
    .option('--tenant <id>', "the tenant (default: the playground's)")
    .option('--type <name>', 'the notification type, such as report.ready')
    .option(
      '--to <who>',
      'a member id, or member:… email:… channel:…[@installation] members:a,b workflow; may be repeated',
      repeated,
    )
    .option('--title <text>', 'the title, plain text')
    .option('--body <markdown>', 'the text, Markdown')
    .option('--link <url>', 'where the title leads')
    .option('--link-label <text>', 'the label of the button for --link')
    .option('--fact <label=value>', 'a line of facts; may be repeated', repeated)
    .option('--data <json>', 'an object for workflows')
    .option('--priority <priority>', 'urgent, normal or low')
    .option('--expires-at <time>', 'after it nothing is sent, e.g. 2026-11-26T18:00:00Z')
    .option('--ordering-key <key>', 'requests with the same key keep their order')
    .option('--collapse-key <key>', 'a newer request with the same key replaces the message')
    .option('--thread-key <key>', 'requests with the same key form a thread')
    .option('--sequence <n>', 'the order of requests with one --collapse-key')
    .option('--file <path>', 'a request as JSON, or a list of them; - reads standard input; flags win');
}

/** Each with the playground's tenant where it names none. Their shape is not checked. */
export function requestsOf(flags: RequestOptions, terminal: Terminal): Record<string, unknown>[] {
  const tenant = flags.tenant ?? findPlayground(terminal.cwd)?.tenant?.id;
  const withTenant = (request: Record<string, unknown>): Record<string, unknown> =>
    request['tenantId'] === undefined && tenant !== undefined ? { tenantId: tenant, ...request } : request;
  if (flags.file === undefined) return [withTenant(requestFrom(flags))];
  const text = flags.file === '-' ? terminal.stdin() : read(resolve(terminal.cwd, flags.file));
  const found = jsonFrom(text, flags.file === '-' ? 'standard input' : flags.file);
  const list: unknown[] = Array.isArray(found) ? found : [found];
  return list.map((one, at) => {
    if (typeof one !== 'object' || one === null)
      throw new UserError(`request ${at + 1} of the file is not an object`, 2);
    return withTenant(requestFrom(flags, one as Record<string, unknown>));
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} can't be read: ${(error as Error).message}`, 2);
  }
}
