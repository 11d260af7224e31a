/** conversations.history and conversations.replies. */
import { restrictedHistoryPage } from '../limits.ts';
import { isTombstone, type Message } from '../world/message.ts';
import { cursorOf, idInCursor } from '../world/ids.ts';
import { flag, text, whole } from './arguments.ts';
import { type Answer, type Call, type Method, missingScope, refuse, tier } from './call.ts';
import { scopeFor, scopesFor } from './conversations.ts';
import { conversation } from './destination.ts';
import { messageObject, tombstoneObject } from './message-object.ts';

export const historyMethods: Record<string, Method> = {
  'conversations.history': { limit: tier.three, scopes: scopesFor('history'), handle: history },
  'conversations.replies': { limit: tier.three, scopes: scopesFor('history'), handle: replies },
};

function history(call: Call): Answer {
  const range = readRange(call, 100, 999);
  if ('refusal' in range) return range.refusal;
  const { channel } = range;
  const found: Message[] = [];
  for (let i = channel.messages.length - 1; i >= 0 && found.length <= range.limit; i--) {
    const m = channel.messages[i]!;
    if (m.ts < range.oldest) break;
    const reply = m.threadTs !== undefined && !m.broadcast;
    const reached = range.cursor === undefined || m.ts <= range.cursor;
    const there = !m.deleted || isTombstone(m);
    if (reached && there && m.ephemeralTo === undefined && !reply && within(m.ts, range)) found.push(m);
  }
  return { ...page(call, found, range), pin_count: 0, channel_actions_ts: null, channel_actions_count: 0 };
}

function replies(call: Call): Answer {
  const range = readRange(call, 1000, 1000);
  if ('refusal' in range) return range.refusal;
  const asked = range.channel.thread(text(call.args, 'ts') ?? '');
  const parent = asked?.threadTs === undefined ? asked : range.channel.thread(asked.threadTs);
  if (parent === undefined) return refuse('thread_not_found');
  const inThread = (parent.replies ?? []).flatMap((ts) => range.channel.message(ts) ?? []);
  const found = [parent, ...inThread.filter((m) => within(m.ts, range))].filter(
    (m) => range.cursor === undefined || m.ts >= range.cursor,
  );
  return page(call, found, range);
}

interface Range {
  channel: NonNullable<ReturnType<typeof conversation>>;
  limit: number;
  oldest: string;
  latest: string;
  inclusive: boolean;
  /** The ts at which the page begins: history goes on towards older messages, replies towards newer ones. */
  cursor: string | undefined;
}

function readRange(call: Call, usual: number, most: number): Range | { refusal: Answer } {
  const { args, token, sim } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return { refusal: refuse('channel_not_found') };
  const scope = scopeFor(channel.kind, 'history');
  if (!token.scopes.has(scope)) return { refusal: missingScope(call, scope) };
  if (!channel.members.has(token.user)) return { refusal: refuse('not_in_channel') };
  const largest = sim.limits.settings.restrictedHistory ? restrictedHistoryPage : most;
  const limit = whole(args, 'limit') ?? usual;
  if (Number.isNaN(limit) || limit < 1) return { refusal: refuse('invalid_limit') };
  const oldest = comparable(text(args, 'oldest') ?? '0');
  if (oldest === undefined) return { refusal: refuse('invalid_ts_oldest') };
  const latest = comparable(text(args, 'latest') ?? '9999999999');
  if (latest === undefined) return { refusal: refuse('invalid_ts_latest') };
  const cursor = text(args, 'cursor');
  const at = cursor === undefined ? undefined : idInCursor('next_ts', cursor);
  if (cursor !== undefined && at === undefined) return { refusal: refuse('invalid_cursor') };
  return {
    channel,
    limit: Math.min(limit, largest),
    oldest,
    latest,
    inclusive: flag(args, 'inclusive'),
    cursor: at,
  };
}

/** Padded to the width of a message's ts, where texts compare as numbers do. */
function comparable(ts: string): string | undefined {
  const [, seconds, micros = ''] = /^(\d{1,10})(?:\.(\d*))?$/.exec(ts) ?? [];
  return seconds === undefined ? undefined : `${seconds.padStart(10, '0')}.${micros.slice(0, 6).padEnd(6, '0')}`;
}

function within(ts: string, { oldest, latest, inclusive }: Range): boolean {
  return inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest;
}

function page(call: Call, found: Message[], range: Range): Answer {
  const { sim, workspace, args } = call;
  const shown = found.slice(0, range.limit);
  const next = found[range.limit];
  return {
    ok: true,
    messages: shown.map((m) =>
      m.deleted
        ? tombstoneObject(range.channel, m)
        : messageObject(sim.app, sim.world, workspace, m, flag(args, 'include_all_metadata')),
    ),
    has_more: next !== undefined,
    ...(next === undefined ? {} : { response_metadata: { next_cursor: cursorOf('next_ts', next.ts) } }),
  };
}
