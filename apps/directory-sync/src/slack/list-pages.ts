// Reads a list of Slack's page by page, with its cursors. Guarantees: one page is in memory at a time; after a rate
// limit it waits as long as Slack says; a passing error is retried; after an expired cursor the list starts again; any
// other error is a SyncFailure.
import { setTimeout as wait } from 'node:timers/promises';
import type { SlackAnswer, SlackBody } from '@carillon/slack';
import { failureOf } from '../syncs/sync-failure.ts';

export interface ListPorts {
  call: (method: string, args: Record<string, unknown>, signal: AbortSignal) => Promise<SlackAnswer>;
  signal: AbortSignal;
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const stumblesAllowed = 4;
const restartsAllowed = 3;

export async function* listPages(
  ports: ListPorts,
  method: string,
  args: Record<string, unknown>,
): AsyncGenerator<SlackBody> {
  const { call, signal, sleep = (ms, until) => wait(ms, undefined, { signal: until }) } = ports;
  let cursor: string | undefined;
  let stumbles = 0;
  let restarts = 0;
  for (;;) {
    signal.throwIfAborted();
    const answer = await call(method, cursor === undefined ? args : { ...args, cursor }, signal);
    signal.throwIfAborted();
    if (answer.ok) {
      stumbles = 0;
      yield answer.body;
      cursor = nextCursorOf(answer.body);
      if (cursor === undefined) return;
      continue;
    }
    const { failure } = answer;
    if (failure.kind === 'listing_expired' && cursor !== undefined && restarts++ < restartsAllowed) cursor = undefined;
    else if (typeof failure.retry === 'object') await sleep(failure.retry.afterMs, signal);
    else if (failure.retry === 'later' && stumbles < stumblesAllowed)
      await sleep(500 * 2 ** stumbles++ * (1 + Math.random()), signal);
    else throw failureOf(method, failure);
  }
}

function nextCursorOf(body: SlackBody): string | undefined {
  const metadata = body['response_metadata'] as { next_cursor?: unknown } | undefined;
  return typeof metadata?.next_cursor === 'string' && metadata.next_cursor !== '' ? metadata.next_cursor : undefined;
}
