// Looks for a delivery among the messages of its conversation since the attempt, by the metadata it was posted with.
// Promise: `absent` is said only when everything since the attempt was seen.
import type { SlackDestination } from '@carillon/domain';
import type { SlackAnswer, SlackClient } from '@carillon/slack';
import type { Claimed } from '../../ledger/claims.ts';
import type { Finding } from '../channel.ts';
import { deliveryEvent } from './delivery-event.ts';

/** One page; apps under Slack's restricted history limits get 15 at most, and are told that there is more. */
const pageSize = 100;
/** Slack's clock and the database's may differ by this much. */
const clockMarginSeconds = 60;

interface History {
  messages?: { ts: string; metadata?: { event_type?: string; event_payload?: { delivery_id?: string } } }[];
  has_more?: boolean;
}

export async function findInHistory(client: SlackClient, to: SlackDestination, delivery: Claimed): Promise<Finding> {
  // A person's id names no conversation to read; opening it is idempotent and posts nothing.
  let channel = to.channel!;
  if (to.surface === 'dm') {
    const opened = await client.call<{ channel?: { id?: string } }>('conversations.open', { users: channel });
    if (!opened.ok) return unanswered(opened);
    if (opened.body.channel?.id === undefined) return { kind: 'cannot_know' };
    channel = opened.body.channel.id;
  }
  const answer = await client.call<History>('conversations.history', {
    channel,
    oldest: (delivery.claimedAt - clockMarginSeconds).toFixed(6),
    limit: pageSize,
    include_all_metadata: true,
  });
  if (!answer.ok) return unanswered(answer);
  const { messages = [], has_more: more = false } = answer.body;
  const message = messages.find(
    ({ metadata }) => metadata?.event_type === deliveryEvent && metadata.event_payload?.delivery_id === delivery.deliveryId,
  );
  if (message) return { kind: 'found', slack: { teamId: to.teamId, channel, ts: message.ts } };
  return more ? { kind: 'cannot_know' } : { kind: 'absent' };
}

function unanswered({ failure }: Extract<SlackAnswer<unknown>, { ok: false }>): Finding {
  if (typeof failure.retry === 'object') return { kind: 'later', afterMs: failure.retry.afterMs };
  return failure.retry === 'later' || failure.retry === 'refresh_token' ? { kind: 'later' } : { kind: 'cannot_know' };
}
