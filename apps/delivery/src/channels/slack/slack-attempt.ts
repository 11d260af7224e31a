// One attempt to post, change or delete the message of a delivery in Slack: what the three share. It calls nothing.
import type { SlackDestination } from '@carillon/domain';
import { aboutCharacters, type Shortened } from '@carillon/slack';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import type { Remark, SendGuard, SendResult } from '../../model/send-result.ts';
import type { NotAttached } from './files/not-attached.ts';
import type { Installations } from './installations.ts';
import { messageOf, type MessageArguments } from './message.ts';
import type { Connection } from './slack-connections.ts';

export interface SlackAttempt {
  delivery: ClaimedDelivery;
  to: SlackDestination;
  connection: Connection;
  guard: SendGuard;
  /** What the timeline tells about a message that was delivered. A later remark of a kind replaces an earlier one. */
  remarks: Map<string, string>;
  /** The app has joined the channel in this attempt. */
  joined?: boolean;
  /** Slack refused the first rendering. */
  plain?: boolean;
}

/** What a producer wrote for Slack itself has no other rendering. */
export const mayBePlainer = ({ delivery, plain }: SlackAttempt): boolean => !plain && !delivery.content.slack;

/** The lease or the delivery may expire before the call ends. */
export function write({ canSend }: SendGuard): void {
  if (!canSend()) throw new Error('not to be written any more');
}

export async function messageIn(
  { delivery, to: { installationId }, plain = false, remarks }: SlackAttempt,
  installations: Installations,
  notAttached: readonly NotAttached[],
  withFiles = false,
): Promise<MessageArguments> {
  const mayCustomize = installations.can(installationId, 'custom_sender');
  const { message, shortened } = await messageOf(delivery, { mayCustomize, notAttached, plain, withFiles });
  if (shortened) remarks.set('shortened', leftOut(shortened));
  if (notAttached.length > 0)
    remarks.set('files_not_attached', notAttached.map(({ name, why }) => `${name} is not attached: ${why}`).join(' '));
  return message;
}

export function withRemarks(result: SendResult, remarks: ReadonlyMap<string, string>): SendResult {
  if (result.kind !== 'delivered' || remarks.size === 0) return result;
  const remark: Remark = { error: [...remarks.keys()].join(', '), advice: [...remarks.values()].join(' ') };
  return { ...result, remark };
}

function leftOut({ bodyCharacters, facts, factValues }: Shortened): string {
  const parts = [
    bodyCharacters === undefined ? [] : `${aboutCharacters(bodyCharacters)} of the body`,
    facts === undefined ? [] : `${facts} facts`,
    factValues === undefined ? [] : `parts of ${factValues} facts`,
  ].flat();
  return `The message does not show ${parts.join(', ')}.`;
}
