// A batch for the spec of a handler: decoded events, and the records that the handler rejected.
import type { PayloadOf, Topic } from '@carillon/domain';
import type { Batch } from '../consuming/batch.ts';
import { decoderOf } from '../events/decode.ts';
import { encode } from '../events/encode.ts';
import type { Outgoing, RawRecord, Received } from '../records/record.ts';

export interface TestBatch<T extends Topic> extends Batch<T> {
  readonly rejected: { record: Received<T>; code: string; detail: string }[];
}

/** Takes events, or raw records such as tombstones; all must be readable. */
export function batchOf<T extends Topic>(
  topic: T,
  events: (Outgoing<PayloadOf<T>> | RawRecord)[],
  options: { partition?: number; signal?: AbortSignal } = {},
): TestBatch<T> {
  const partition = options.partition ?? 0;
  const decode = decoderOf(topic);
  const rejected: TestBatch<T>['rejected'] = [];
  const records = events.map((event, index) => {
    const { key, value, headers } = 'value' in event ? event : encode(topic, event);
    const bytes = (text: Buffer | string | null): Buffer | null =>
      typeof text === 'string' ? Buffer.from(text) : text;
    const decoded = decode(
      { key: bytes(key), value: bytes(value), headers, offset: String(index), timestamp: String(Date.now()) },
      partition,
    );
    if ('rejection' in decoded) throw new Error(`not readable: ${decoded.rejection.code}: ${decoded.rejection.detail}`);
    return decoded.received;
  });
  return {
    topic: topic.name,
    partition,
    records,
    rejected,
    signal: options.signal ?? new AbortController().signal,
    heartbeat: () => Promise.resolve(),
    reject: (record, code, detail) => void rejected.push({ record, code, detail }),
  };
}
