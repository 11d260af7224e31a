// Looks for a delivery among the newest messages of its conversation, by the metadata it was posted with.
import type { SlackDestination } from '@carillon/domain';
import type { SlackClient } from '@carillon/slack';
import type { Finding } from '../channel.ts';
import { deliveryEvent } from './slack-channel.ts';

/** What apps under Slack's restricted history limits get at most; enough, as the message is one of the last. */
const newest = 15;

interface History {
  messages: { ts: string; metadata?: { event_type: string; event_payload: { delivery_id?: string } } }[];
}

export async function findInHistory(client: SlackClient, to: SlackDestination, deliveryId: string): Promise<Finding> {
  // A person's id names no conversation to read; opening it is idempotent and posts nothing.
  let channel = to.channel!;
  if (to.surface === 'dm') {
    const opened = await client.call<{ channel: { id: string } }>('conversations.open', { users: channel });
    if (!opened.ok) return { kind: 'cannot_know' };
    channel = opened.body.channel.id;
  }
  const answer = await client.call<History>('conversations.history', { channel, limit: newest, include_all_metadata: true });
  if (!answer.ok) return { kind: 'cannot_know' };
  const message = answer.body.messages.find(
    ({ metadata }) => metadata?.event_type === deliveryEvent && metadata.event_payload.delivery_id === deliveryId,
  );
  return message ? { kind: 'found', slack: { teamId: to.teamId, channel, ts: message.ts } } : { kind: 'absent' };
}
