// The record batches that a fetch brought for one partition → records, whichever client fetched them. Guarantees: bytes
// that can't be read never throw: the batch is skipped as a whole, and a stand-in record at its last offset carries the
// reason to the decoder, which makes a dead letter of it. One batch is decompressed at a time, within the limits of
// limits.ts; what is left out is read by the next fetch. Does not filter aborted transactions.
import { codecName, decompress } from './decompress.ts';
import { DecompressionError } from './decompression-error.ts';
import type { BatchContext, FetchedRecord } from './fetched-record.ts';
import { batchBytes, batchRecords, fetchBytes, partitionBytes } from './limits.ts';
import { RecordReader, type RecordContext } from './record-reader.ts';
import type { BatchFault } from '../../records/kafka-record.ts';

/** What one fetch may still hand over, over all its partitions. */
export class FetchBudget {
  left = fetchBytes;

  get spent(): boolean {
    return this.left <= 0;
  }
}

interface Header extends RecordContext {
  readonly lastOffset: number;
  readonly maxTimestamp: string;
  readonly codec: number;
  readonly count: number;
  readonly packed: Buffer;
}

/** Base offset and length, which older formats have too. */
const overhead = 12;
const magicAt = 16;
const headerBytes = 61;

export async function readRecordSet(set: Buffer, fetchOffset: number, budget: FetchBudget): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let before: FetchedRecord | undefined;
  let left = Math.min(partitionBytes, budget.left);
  const began = left;
  for (let at = 0; at + magicAt < set.length && (left > 0 || records.length === 0); ) {
    const end = at + overhead + set.readInt32BE(at + 8);
    // A fetch ends in the middle of a batch where its size does.
    if (end > set.length || end <= at + magicAt) break;
    const bytes = set.subarray(at, end);
    at = end;
    const read = await readBatch(bytes, fetchOffset, left, records);
    left -= read.bytes;
    before = read.before ?? before;
    if (read.more) break;
  }
  budget.left -= began - left;
  // A batch whose last records were compacted away: kafkajs moves on only if it sees a record.
  if (records.length === 0 && before) records.push(before);
  return records;
}

interface Read {
  bytes: number;
  /** The batch has records that did not fit. */
  more: boolean;
  /** A record before the offset that was asked for. */
  before?: FetchedRecord | undefined;
}

async function readBatch(bytes: Buffer, fetchOffset: number, limit: number, into: FetchedRecord[]): Promise<Read> {
  const begin = into.length;
  const format = bytes[magicAt]!;
  if (format !== 2 || bytes.length < headerBytes) {
    const offset = Number(bytes.readBigInt64BE(0));
    const fault = {
      code: 'unsupported_record_format',
      detail: `offset ${offset}: is of record format ${format}; 2 is read (Kafka 0.11 and newer)`,
      firstOffset: String(offset),
      bytes: bytes.length,
    } as const;
    into.push(standIn(fault, offset, String(Date.now()), { producerId: '-1', inTransaction: false }, false));
    return { bytes: bytes.length, more: false };
  }
  const header = headerOf(bytes);
  if (header.lastOffset < fetchOffset) return { bytes: 0, more: false };
  try {
    if (header.codec === 0) return take(header.packed, header, fetchOffset, limit, into);
    if (header.count > batchRecords)
      throw new DecompressionError(
        'decompression_limit',
        `holds ${header.count} records, at most ${batchRecords} are read`,
      );
    return take(await decompress(header.codec, header.packed, batchBytes), header, fetchOffset, limit, into);
  } catch (error) {
    into.length = begin;
    into.push(
      standIn(
        faultOf(error, header),
        header.lastOffset,
        header.maxTimestamp,
        header.batchContext,
        header.isControlRecord,
      ),
    );
    return { bytes: header.packed.length, more: false };
  }
}

function take(data: Buffer, header: Header, fetchOffset: number, limit: number, into: FetchedRecord[]): Read {
  const part =
    data.length > partitionBytes
      ? partOf(data, header, fetchOffset, limit)
      : { data, count: header.count, more: false };
  const reader = new RecordReader(part.data, header);
  let before: FetchedRecord | undefined;
  for (let i = 0; i < part.count; i++) {
    const record = reader.read();
    if (Number(record.offset) >= fetchOffset) into.push(record);
    else before = record;
  }
  return { bytes: reader.at, more: part.more, before };
}

/**
 * From the offset that was asked for (else the last record), as many as fit, copied so that the rest need not stay in
 * memory.
 */
function partOf(
  data: Buffer,
  header: Header,
  fetchOffset: number,
  limit: number,
): { data: Buffer; count: number; more: boolean } {
  const reader = new RecordReader(data, header);
  let start = 0;
  let count = 0;
  let found = false;
  let i = 0;
  for (; i < header.count; i++) {
    if (!found) {
      start = reader.at;
      count = 0;
      found = reader.peekOffset() >= fetchOffset;
    } else if (reader.at - start >= limit) break;
    reader.skip();
    count++;
  }
  return { data: Buffer.from(data.subarray(start, reader.at)), count, more: i < header.count };
}

function headerOf(bytes: Buffer): Header {
  const firstOffset = Number(bytes.readBigInt64BE(0));
  const attributes = bytes.readInt16BE(21);
  const maxTimestamp = String(bytes.readBigInt64BE(35));
  return {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(23),
    firstTimestamp: Number(bytes.readBigInt64BE(27)),
    maxTimestamp,
    appendTime: (attributes & 0x08) > 0 ? maxTimestamp : undefined,
    isControlRecord: (attributes & 0x20) > 0,
    batchContext: { producerId: String(bytes.readBigInt64BE(43)), inTransaction: (attributes & 0x10) > 0 },
    codec: attributes & 0x07,
    count: bytes.readInt32BE(57),
    packed: bytes.subarray(headerBytes),
  };
}

function faultOf(error: unknown, { firstOffset, lastOffset, codec, packed }: Header): BatchFault {
  const { code, message } =
    error instanceof DecompressionError
      ? error
      : { code: 'unreadable_batch' as const, message: 'does not hold the records that it announces' };
  const where = firstOffset === lastOffset ? `offset ${firstOffset}` : `offsets ${firstOffset} to ${lastOffset}`;
  return {
    code,
    detail: `${where}: the record batch (${codecName(codec)}, ${packed.length} bytes) ${message}`,
    firstOffset: String(firstOffset),
    bytes: headerBytes + packed.length,
  };
}

const standIn = (
  fault: BatchFault,
  offset: number,
  timestamp: string,
  batchContext: BatchContext,
  isControlRecord: boolean,
): FetchedRecord => ({
  ...{
    offset: String(offset),
    timestamp,
    attributes: 0,
    key: null,
    value: null,
    headers: {},
    isControlRecord,
    batchContext,
    fault,
  },
});
