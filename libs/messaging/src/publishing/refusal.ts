// Whether sending the same bytes again can succeed. Everything not listed is waited out: an outage must never lose a
// record, and a request that was in doubt is repeated (consumers know an event by its id).
import { errorType } from './partition-counts.ts';

/** Errors that are about the records themselves, or about what we may do. */
const refusals = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_MESSAGE',
  'CORRUPT_MESSAGE',
  'INVALID_TIMESTAMP',
  'INVALID_RECORD',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
]);

export function refusalOf(error: unknown): string | undefined {
  const type = errorType(error);
  return type !== undefined && refusals.has(type) ? type : undefined;
}
