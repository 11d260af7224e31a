/** conversations.history and conversations.replies. */
import type { Message } from '../world/message.ts';
import { cursorOf, idInCursor } from '../world/ids.ts';
import { flag, text, whole } from './arguments.ts';
import { type Answer, type Call, type Method, missingScope, refuse, tier } from './call.ts';
import { scopeFor } from './conversations.ts';
import { conversation } from './destination.ts';
import { messageObject } from './message-object.ts';

export const historyMethods: Record<string, Method> = {
  'conversations.history': { limit: tier.three, handle: history },
  'conversations.replies': { limit: tier.three, handle: replies },
};

function history(call: Call): Answer {
  const range = readRange(call);
  if ('refusal' in range) return range.refusal;
  const { channel } = range;
  const found: Message[] = [];
  for (let i = channel.messages.length - 1; i >= 0 && found.length <= range.limit; i--) {
    const m = channel.messages[i]!;
    if (m.ts < range.oldest) break;
    const reply = m.threadTs !== undefined && !m.broadcast;
    const reached = range.cursor === undefined || m.ts <= range.cursor;
    if (reached && !m.deleted && m.ephemeralTo === undefined && !reply && within(m.ts, range)) found.push(m);
  }
  return page(call, found, range);
}

function replies(call: Call): Answer {
  const range = readRange(call);
  if ('refusal' in range) return range.refusal;
  const asked = range.channel.message(text(call.args, 'ts') ?? '');
  const parent = asked?.threadTs === undefined ? asked : range.channel.message(asked.threadTs);
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

function readRange(call: Call): Range | { refusal: Answer } {
  const { args, token } = call;
  const channel = conversation(call, text(args, 'channel'));
  if (channel === undefined) return { refusal: refuse('channel_not_found') };
  const scope = scopeFor(channel.kind, 'history');
  if (!token.scopes.has(scope)) return { refusal: missingScope(call, scope) };
  if (!channel.members.has(token.user)) return { refusal: refuse('not_in_channel') };
  const limit = whole(args, 'limit') ?? 100;
  if (Number.isNaN(limit) || limit < 1) return { refusal: refuse('invalid_limit') };
  const cursor = text(args, 'cursor');
  const at = cursor === undefined ? undefined : idInCursor('next_ts', cursor);
  if (cursor !== undefined && at === undefined) return { refusal: refuse('invalid_cursor') };
  return {
    channel,
    limit: Math.min(limit, 999),
    oldest: text(args, 'oldest') ?? '0',
    latest: text(args, 'latest') ?? 'z',
    inclusive: flag(args, 'inclusive'),
    cursor: at,
  };
}

/** Timestamps have the same number of digits, so texts compare as numbers do. */
function within(ts: string, { oldest, latest, inclusive }: Range): boolean {
  return inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest;
}

function page(call: Call, found: Message[], range: Range): Answer {
  const { sim, workspace, args } = call;
  const shown = found.slice(0, range.limit);
  const next = found[range.limit];
  return {
    ok: true,
    messages: shown.map((m) => messageObject(sim.app, sim.world, workspace, m, flag(args, 'include_all_metadata'))),
    has_more: next !== undefined,
    ...(next === undefined ? {} : { response_metadata: { next_cursor: cursorOf('next_ts', next.ts) } }),
  };
}
