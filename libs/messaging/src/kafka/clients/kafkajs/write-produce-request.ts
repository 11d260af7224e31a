// The body of a produce request (versions 3 to 7) without compression and transactions, written in one pass: topics,
// partitions, one record batch (format 2) for each partition, its records, its checksum. Guarantees: the bytes are
// those that kafkajs writes; where a number does not fit into 32 bits the result is undefined, and kafkajs writes the
// request itself. Memory: the buffer of the writer is used again for every request, and the result is a copy.
import { ByteWriter, mostBytesOf, sizeOfVarint, type FieldValue } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';

export interface ProducedMessage {
  key?: FieldValue;
  value?: FieldValue;
  headers?: Record<string, FieldValue | FieldValue[]>;
  /** Milliseconds since 1970; default: now. */
  timestamp?: number | string | null;
}

export interface ProduceRequest {
  acks: number;
  timeout: number;
  topicData: { topic: string; partitions: { partition: number | string; messages: readonly ProducedMessage[] }[] }[];
}

/** Larger requests make it grow, once. */
const writer = new ByteWriter(1_048_576);
const magic = 2;
const noProducer = -1;
/** A record batch without its records. */
const batchHeaderBytes = 61;
/** Attributes, and four varints: length, timestamp, offset, number of headers. */
const recordFixedBytes = 21;
/** Room for a record's length, which is known last. */
const longestVarint = 5;

export function writeProduceRequest({ acks, timeout, topicData }: ProduceRequest): Buffer | undefined {
  writer.at = 0;
  writer.room(12);
  writer.string(null);
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    writer.string(topic);
    writer.room(4);
    writer.int32(partitions.length);
    for (const { partition, messages } of partitions) {
      writer.room(8 + batchHeaderBytes);
      writer.int32(Number(partition));
      if (!writeSized(messages)) return undefined;
    }
  }
  return Buffer.from(writer.bytes.subarray(0, writer.at));
}

/** The record batch, with its size in front. */
function writeSized(messages: readonly ProducedMessage[]): boolean {
  const size = writer.at;
  writer.at += 4;
  const start = writer.at;
  if (!writeBatch(messages)) return false;
  writer.bytes.writeInt32BE(writer.at - start, size);
  return true;
}

function writeBatch(messages: readonly ProducedMessage[]): boolean {
  const now = Date.now();
  const [firstTimestamp, maxTimestamp] = timestampsOf(messages, now);
  writer.int64(0);
  const length = writer.at;
  writer.at += 4;
  const afterLength = writer.at;
  writer.int32(0);
  writer.int8(magic);
  const checksum = writer.at;
  writer.at += 4;
  const checked = writer.at;
  writer.int16(0);
  writer.int32(messages.length - 1);
  writer.int64(firstTimestamp);
  writer.int64(maxTimestamp);
  writer.int64(noProducer);
  writer.int16(0);
  writer.int32(0);
  writer.int32(messages.length);
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]!;
    const timestampDelta = Number(message.timestamp || now) - firstTimestamp;
    if (timestampDelta < -0x40000000 || timestampDelta >= 0x40000000) return false;
    writeRecord(message, timestampDelta, i);
  }
  writer.bytes.writeInt32BE(writer.at - afterLength, length);
  writer.bytes.writeUInt32BE(crc32c(writer.bytes.subarray(checked, writer.at)), checksum);
  return true;
}

/** The first and the last, as kafkajs takes them: where no message has a timestamp, both are now. */
function timestampsOf(messages: readonly ProducedMessage[], now: number): [number, number] {
  const given = messages.map(({ timestamp }) => timestamp).filter((timestamp) => timestamp != null);
  if (given.length === 0) return [now, now];
  given.sort();
  return [Number(given[0]), Number(given.at(-1))];
}

function writeRecord({ key, value, headers = {} }: ProducedMessage, timestampDelta: number, offsetDelta: number): void {
  let most = recordFixedBytes + mostBytesOf(key) + mostBytesOf(value);
  let count = 0;
  for (const name in headers) {
    const given = headers[name];
    const nameBytes = mostBytesOf(name);
    if (Array.isArray(given)) {
      for (const one of given) most += nameBytes + mostBytesOf(one);
      count += given.length;
    } else {
      most += nameBytes + mostBytesOf(given);
      count++;
    }
  }
  writer.room(most);
  const start = writer.at;
  const body = start + longestVarint;
  writer.at = body;
  writer.int8(0);
  writer.varint(timestampDelta);
  writer.varint(offsetDelta);
  writer.field(key);
  writer.field(value);
  writer.varint(count);
  for (const name in headers) {
    const given = headers[name];
    if (Array.isArray(given)) {
      for (const one of given) {
        writer.field(name);
        writer.field(one);
      }
    } else {
      writer.field(name);
      writer.field(given);
    }
  }
  const end = writer.at;
  const lengthBytes = sizeOfVarint(end - body);
  writer.bytes.copyWithin(start + lengthBytes, body, end);
  writer.at = start;
  writer.varint(end - body);
  writer.at = start + lengthBytes + (end - body);
}
