// Searches the messages that a conversation got since an attempt for the one with the delivery's metadata. Guarantees:
// the result is `absent` only where every message since the attempt was read, by Slack's clock: the database says how
// long ago the attempt was, and the answers say what time it is at Slack. Where its clock turns out to be another than
// it was thought to be, the search begins again.
import type { SlackDestination } from '@carillon/domain';
import type { SlackClient } from '@carillon/slack';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import type { ReconcileResult, SendGuard } from '../../model/send-result.ts';
import type { Refusal } from './answers.ts';
import type { Conversations } from './conversations.ts';
import { deliveryEvent } from './delivery-event.ts';
import type { SlackClock } from './slack-clock.ts';
import { messageRef, slackMessage } from './slack-message-ref.ts';

/** Apps under Slack's restricted history limits get at most 15 messages in a page. */
const pageSize = 100;
const mostPages = 5;
/** For what the clocks are not exact about, and for the time since the delivery was read. */
const marginMs = 60_000;

interface Page {
  messages?: { ts: string; metadata?: { event_type?: string; event_payload?: { delivery_id?: string } } }[];
  has_more?: boolean;
  response_metadata?: { next_cursor?: string };
}

interface Calling {
  client: SlackClient;
  reserve: SendGuard['reserve'];
}

interface Searching extends Calling {
  channel: string;
  clock: SlackClock;
}

export async function findInHistory(
  { client, channel, reserve, clock }: Searching,
  to: SlackDestination,
  delivery: ClaimedDelivery,
): Promise<ReconcileResult> {
  const parent = slackMessage(delivery.threadParent);
  const method = parent ? 'conversations.replies' : 'conversations.history';
  const asked = {
    channel,
    ...(parent && { ts: parent.ts }),
    limit: pageSize,
    include_all_metadata: true,
  };
  const oldest = (): string => ((clock.nowMs() - delivery.claimedForMs - marginMs) / 1_000).toFixed(6);
  let from = oldest();
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const waitMs = reserve(method);
    if (waitMs > 0) return { kind: 'later', afterMs: waitMs };
    const answer = await client.call<Page>(method, { ...asked, oldest: from, ...(cursor !== undefined && { cursor }) });
    if (!answer.ok) return unanswered(method, answer);
    if (!clock.saw(answer.serverDate)) {
      from = oldest();
      cursor = undefined;
      continue;
    }
    const { messages = [], has_more: more = false, response_metadata: { next_cursor: next } = {} } = answer.body;
    const message = messages.find(
      ({ metadata }) =>
        metadata?.event_type === deliveryEvent && metadata.event_payload?.delivery_id === delivery.deliveryId,
    );
    if (message) return { kind: 'found', ref: messageRef(to.teamId, { channel, ts: message.ts }) };
    if (!more) return { kind: 'absent' };
    if (!next) return { kind: 'cannot_know' };
    cursor = next;
  }
  return { kind: 'cannot_know' };
}

/** The id of the conversation to read: a person, or the people of a group, have to be resolved to it first. */
export async function conversationOf(
  { client, conversations, reserve }: Calling & { conversations: Conversations },
  to: SlackDestination,
  { threadParent }: ClaimedDelivery,
): Promise<string | ReconcileResult> {
  const parent = slackMessage(threadParent);
  if (parent) return parent.channel;
  if (to.surface === 'channel') return to.channel ?? { kind: 'cannot_know' };
  const known = await conversations.known(to);
  if (known !== undefined) return known;
  const opened = await conversations.open(client, to, reserve);
  if ('channel' in opened) return opened.channel;
  return 'waitMs' in opened
    ? { kind: 'later', afterMs: opened.waitMs }
    : unanswered('conversations.open', opened.refusal);
}

function unanswered(method: string, { failure }: Refusal): ReconcileResult {
  if (typeof failure.retry === 'object')
    return { kind: 'later', afterMs: failure.retry.afterMs, ...(failure.scope === 'method' && { limited: method }) };
  return failure.retry === 'later' || failure.retry === 'refresh_token' ? { kind: 'later' } : { kind: 'cannot_know' };
}
