// A request on its way to the bulk topic: the record as it came, and one header that says where it came from.
// Guarantees: key, value and headers are the original's bytes. A header of this name that a producer set is replaced.
import type { HeaderValue, KafkaRecord, Position } from '@carillon/messaging';

export const movedFrom = 'carillon_moved_from';

interface MovedCopy {
  topic: string;
  partition: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | string | (Buffer | string)[]>;
}

export function movedCopy(
  { key, value, headers, offset }: KafkaRecord,
  to: string,
  from: Pick<Position, 'topic' | 'partition'>,
): MovedCopy {
  const copied: MovedCopy['headers'] = {};
  for (const name in headers) copied[name] = withoutNull(headers[name]);
  copied[movedFrom] = `${from.topic}/${from.partition}/${offset}`;
  return { topic: to, partition: from.partition, key, value, headers: copied };
}

/** kafkajs can't write a header without a value, which other clients may send. */
function withoutNull(value: HeaderValue | null): Buffer | string | (Buffer | string)[] {
  if (Array.isArray(value)) return value.map((one: Buffer | string | null) => one ?? Buffer.alloc(0));
  return value ?? Buffer.alloc(0);
}

/** Where a moved record came from: the partition and offset in the requested topic. */
export function originOf(header: HeaderValue): { partition: number; offset: bigint } | undefined {
  const text = Array.isArray(header) ? header.at(-1) : header;
  const match = /\/(\d{1,9})\/(\d{1,19})$/.exec(String(text));
  return match ? { partition: Number(match[1]), offset: BigInt(match[2]!) } : undefined;
}
