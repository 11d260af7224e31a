// What becomes of a record that can't be handled: a copy in the dead-letter topic, with the reason in headers.
// Promises: key, value and headers are the original's bytes; only `dlq_*` headers are added; a retry can undo it.
import type { Rejection } from '../consuming/batch.ts';
import type { HeaderValue, RawIncoming } from '../events/record.ts';
import type { WireRecord } from '../publishing/publish-job.ts';
import { deadLetterTopicOf, longestDetail } from './letter-headers.ts';

export { deadLetterTopicOf };

export function deadLetter(rejection: Rejection, at: Date = new Date()): WireRecord {
  const { headers, nulls } = sendable(rejection.raw.headers);
  headers['dlq_reason'] = rejection.code;
  headers['dlq_detail'] = rejection.detail.length > longestDetail ? `${rejection.detail.slice(0, longestDetail)}…` : rejection.detail;
  headers['dlq_topic'] = rejection.topic;
  headers['dlq_partition'] = String(rejection.partition);
  headers['dlq_offset'] = rejection.offset;
  headers['dlq_at'] = at.toISOString();
  if (nulls.length > 0) headers['dlq_null_headers'] = nulls.join(',');
  return { topic: deadLetterTopicOf(rejection.topic), key: rejection.raw.key, value: rejection.raw.value, headers };
}

/** The original again, for its own topic. `from` remembers which dead letter it was. */
export function retryOf(letter: RawIncoming & { topic: string; partition: number; offset: string }, sourceTopic: string): WireRecord {
  const { headers } = sendable(letter.headers);
  for (const name of Object.keys(headers)) if (name.startsWith('dlq_')) delete headers[name];
  headers[retriedFrom] = `${letter.topic}/${letter.partition}/${letter.offset}`;
  return { topic: sourceTopic, key: letter.key, value: letter.value, headers };
}

export const retriedFrom = 'dlq_retried_from';

/** kafkajs can't write a header without a value, which other clients may send: it becomes an empty one, and is named. */
function sendable(raw: Readonly<Record<string, HeaderValue>>): { headers: WireRecord['headers']; nulls: string[] } {
  const headers: WireRecord['headers'] = {};
  const nulls: string[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined || value === null) {
      nulls.push(name);
      headers[name] = Buffer.alloc(0);
    } else if (Array.isArray(value)) headers[name] = value.map((one: Buffer | string | null) => one ?? Buffer.alloc(0));
    else headers[name] = value;
  }
  return { headers, nulls };
}
