// The dead letter of a record batch that could not be unpacked: an unknown codec, damaged bytes, or more than a batch
// may unpack to. It has no key and no value, because no record of the batch could be read. Guarantees: the letter names
// topic, partition, the first and the last offset, and the reason; it fits into a few kilobytes. It does not hold the
// batch: that is at its offsets in the source topic until retention removes it.
import { deadLetterNameOf } from '@carillon/domain';
import { bounded, letterHeader, longestDetail } from './letter-headers.ts';
import type { WireRecord } from '../records/record.ts';

export interface UndecodableBatch {
  topic: string;
  partition: number;
  /** Offset of the first record of the batch, as the batch header says. */
  firstOffset: string;
  /** Offset of the last record of the batch, as the batch header says. */
  lastOffset: string;
  /** Such as `batch_too_large` or `unknown_codec`: it becomes the `dlq_reason`. */
  code: string;
  /** A sentence for people; must not hold payload. */
  detail: string;
  /** The size of the batch as it lies in the topic, where known. */
  bytes?: number;
}

export function undecodableBatch(batch: UndecodableBatch, at: Date = new Date()): WireRecord {
  const headers: WireRecord['headers'] = {
    [letterHeader.reason]: batch.code,
    [letterHeader.detail]: bounded(batch.detail, longestDetail),
    [letterHeader.topic]: batch.topic,
    [letterHeader.partition]: String(batch.partition),
    [letterHeader.offset]: batch.firstOffset,
    [letterHeader.lastOffset]: batch.lastOffset,
    [letterHeader.truncated]: 'batch',
    [letterHeader.at]: at.toISOString(),
  };
  if (batch.bytes !== undefined) headers[letterHeader.batchBytes] = String(batch.bytes);
  return { topic: deadLetterNameOf(batch.topic), key: null, value: null, headers };
}
