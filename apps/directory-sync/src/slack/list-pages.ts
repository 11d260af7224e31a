// Reads a list of Slack's page by page, with its cursors. Guarantees: one page is in memory at a time; after a rate
// limit it waits as long as Slack says; a passing error is retried, with smaller pages; a page that Slack finds too
// large is asked for with fewer rows; after an expired cursor the list starts again; any other error is a SyncFailure.
import { setTimeout as wait } from 'node:timers/promises';
import type { SlackAnswer, SlackBody } from '@carillon/slack';
import { failureOf, SyncFailure } from '../syncs/sync-failure.ts';

export interface ListPorts {
  call: (method: string, args: Record<string, unknown>, signal: AbortSignal) => Promise<SlackAnswer>;
  signal: AbortSignal;
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface ListPage {
  body: SlackBody;
  /** Of the page that follows; undefined: this was the last one. */
  next: string | undefined;
  /** Whether the list started again, with this page. */
  restarted: boolean;
}

const stumblesAllowed = 4;
const restartsAllowed = 3;

/**
 * Slack allows less than 1,000 rows and recommends 200, lest it take too long. The limits count calls, so that large
 * pages list a workspace five times as fast; where Slack cannot cope, the pages become smaller.
 */
const pageSizes = [999, 200, 100];

/** @param from the cursor to go on at */
export async function* listPages(
  ports: ListPorts,
  method: string,
  args: Record<string, unknown>,
  from?: string,
): AsyncGenerator<ListPage> {
  const { call, signal, sleep = (ms, until) => wait(ms, undefined, { signal: until }) } = ports;
  let cursor = from;
  let size = 0;
  let stumbles = 0;
  let restarts = 0;
  let restarted = false;
  for (;;) {
    signal.throwIfAborted();
    const limit = pageSizes[size];
    const answer = await call(method, { ...args, limit, ...(cursor !== undefined && { cursor }) }, signal);
    signal.throwIfAborted();
    if (answer.ok) {
      stumbles = 0;
      const next = nextCursorOf(answer.body);
      if (next !== undefined && next === cursor)
        throw new SyncFailure('same_cursor', 'later', `${method} leads to the page that it has just listed`);
      cursor = next;
      yield { body: answer.body, next: cursor, restarted };
      restarted = false;
      if (cursor === undefined) return;
      continue;
    }
    const { failure } = answer;
    const isSmaller = size + 1 < pageSizes.length;
    if (failure.kind === 'listing_expired' && cursor !== undefined && restarts++ < restartsAllowed) {
      cursor = undefined;
      restarted = true;
    } else if (failure.kind === 'page_too_large' && isSmaller) size += 1;
    else if (typeof failure.retry === 'object') await sleep(failure.retry.afterMs, signal);
    else if (failure.retry === 'later' && stumbles < stumblesAllowed) {
      if (stumbles > 0 && isSmaller) size += 1;
      await sleep(500 * 2 ** stumbles++ * (1 + Math.random()), signal);
    } else throw failureOf(method, failure);
  }
}

function nextCursorOf(body: SlackBody): string | undefined {
  const metadata = body['response_metadata'] as { next_cursor?: unknown } | undefined;
  return typeof metadata?.next_cursor === 'string' && metadata.next_cursor !== '' ? metadata.next_cursor : undefined;
}
