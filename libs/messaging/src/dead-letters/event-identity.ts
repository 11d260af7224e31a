// The CloudEvents id and source of a dead letter's record, in binary and in structured mode.
// Guarantee: a record of any content is read without throwing. Does not check the two: a refused record may have
// neither, or wrong ones.
import { textOf, type HeaderValue } from '../records/record.ts';

export interface EventIdentity {
  id?: string;
  source?: string;
}

export function eventIdentityOf(headers: Record<string, HeaderValue>, value: Buffer | null): EventIdentity {
  const event = textOf(headers['content-type'])?.startsWith('application/cloudevents+json')
    ? objectIn(value)
    : { id: textOf(headers['ce_id']), source: textOf(headers['ce_source']) };
  const { id, source } = event as Record<string, unknown>;
  return { ...(typeof id === 'string' && { id }), ...(typeof source === 'string' && { source }) };
}

/** An empty object where the value is not whole JSON, as in a truncated letter. */
function objectIn(value: Buffer | null): object {
  try {
    const event: unknown = JSON.parse(String(value));
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    return {};
  }
}
