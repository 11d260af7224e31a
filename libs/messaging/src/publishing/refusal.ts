// Whether sending the same bytes again can succeed. Errors that are not listed are retried: an outage must never lose a
// record, and a request without an answer is repeated, since consumers recognise an event by its id.
import { errorType } from './partition-counts.ts';

export interface Refusal {
  /** Kafka's name of the error. */
  type: string;
  /**
   * `record`: Kafka never accepts these bytes. `topic`: writing is not permitted until an operator changes that; the
   * records are valid.
   */
  about: 'record' | 'topic';
}

const refusals: ReadonlyMap<string, Refusal['about']> = new Map([
  ['MESSAGE_TOO_LARGE', 'record'],
  ['RECORD_LIST_TOO_LARGE', 'record'],
  ['INVALID_MESSAGE', 'record'],
  ['CORRUPT_MESSAGE', 'record'],
  ['INVALID_TIMESTAMP', 'record'],
  ['INVALID_RECORD', 'record'],
  ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 'record'],
  ['POLICY_VIOLATION', 'record'],
  ['INVALID_TOPIC_EXCEPTION', 'topic'],
  ['TOPIC_AUTHORIZATION_FAILED', 'topic'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'topic'],
]);

export function refusalOf(error: unknown): Refusal | undefined {
  const type = errorType(error);
  const about = type === undefined ? undefined : refusals.get(type);
  return about && { type: type!, about };
}
