// The result of a decision in one line, as an engineer on call asks for it: `suppressed: no such member is known`,
// `delivered`, `dm: delivered; email: waits for its turn in lane email:acme`.
import { destinationKindOf, suppressingReasons, type Decision } from '@carillon/domain';
import type { TimelineDelivery, TimelineReason } from './notification-timeline.ts';

export function summariseDecision(
  verdict: Decision['verdict'],
  reasons: readonly TimelineReason[],
  deliveries: readonly TimelineDelivery[],
): string {
  if (verdict === 'suppress')
    return `${reasons.some(({ code }) => code === 'unreadable_decision') ? 'failed' : 'suppressed'}: ${suppressingReasons(
      reasons,
    )
      .map(({ sentence }) => asClause(sentence))
      .join('; ')}`;
  if (deliveries.length === 0) return 'not ingested yet, or forgotten after its retention';
  const [first, ...others] = deliveries;
  if (others.length === 0) return progressOf(first!);
  return deliveries.map((delivery) => `${destinationKindOf(delivery.destination)}: ${progressOf(delivery)}`).join('; ');
}

/** What became of a message where that is not by posting all of it, by the last attempt's result and remarks. */
const ways: Readonly<Record<string, string>> = {
  updated: 'the message was changed',
  deleted: 'the message was deleted',
  found: 'the message was found after an attempt without an answer',
  shortened: 'shortened',
  files_not_attached: 'without some files',
  joined_channel: 'the app joined the channel',
};

function progressOf({ outcome, state, reason, waitingFor, attempts }: TimelineDelivery): string {
  const last = attempts.at(-1);
  if (outcome !== undefined) {
    const succeeded = outcome === 'delivered' || last?.result === 'deleted';
    const words = succeeded ? [last?.result ?? '', ...(last?.error ?? '').split(', ')] : [];
    const how = [...(reason === undefined ? [] : [reason]), ...words.flatMap((word) => ways[word] ?? [])];
    return how.length === 0 ? outcome : `${outcome} (${how.join(', ')})`;
  }
  return waitingFor === undefined ? state : `waits for ${waitingFor}`;
}

/** A sentence behind a colon: without its full stop, its first word in lower case unless the word is a name. */
const asClause = (sentence: string): string => {
  const clause = sentence.replace(/\.$/, '');
  return clause.startsWith('Slack') ? clause : `${clause.charAt(0).toLowerCase()}${clause.slice(1)}`;
};
