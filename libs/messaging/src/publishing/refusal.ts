// Whether sending the same bytes again can succeed. Everything not listed is waited out: an outage must never lose a
// record, and a request that was in doubt is repeated (consumers know an event by its id).
import { errorType } from './partition-counts.ts';

export interface Refusal {
  /** Kafka's name of the error. */
  type: string;
  /**
   * `record`: these bytes can never go. `topic`: we may not write there now, which a person changes; records are good.
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
