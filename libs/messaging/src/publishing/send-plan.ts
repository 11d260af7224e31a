// Chooses the waiting records for the next request. kafkajs puts all records of one partition into one record batch,
// and the broker refuses a batch above message.max.bytes as a whole, so bytes are counted before. Guarantees: no batch
// exceeds its budget, except a single record that is larger; the order within a partition is kept.
export interface Limits {
  /** Bytes of one record batch. */
  batchBytes: number;
  /** Records of one record batch: kafkajs copies a partition's list once per record. */
  batchRecords: number;
  /** Bytes of one request. */
  requestBytes: number;
}

/** Below message.max.bytes (1,048,588), with room for what is not counted: batch header, offsets, lengths. */
export const defaultLimits: Limits = { batchBytes: 900_000, batchRecords: 2_000, requestBytes: 8_000_000 };

export interface Sized {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: number;
}

interface OpenBatch {
  bytes: number;
  records: number;
  full: boolean;
}

export function planSend<R extends Sized>(waiting: readonly R[], limits: Limits): { now: R[]; later: R[] } {
  const now: R[] = [];
  const later: R[] = [];
  const batches = new Map<string, Map<number, OpenBatch>>();
  let total = 0;
  for (let i = 0; i < waiting.length; i++) {
    const record = waiting[i]!;
    if (total >= limits.requestBytes) {
      for (; i < waiting.length; i++) later.push(waiting[i]!);
      break;
    }
    let partitions = batches.get(record.topic);
    if (!partitions) {
      partitions = new Map<number, OpenBatch>();
      batches.set(record.topic, partitions);
    }
    let batch = partitions.get(record.partition);
    if (!batch) {
      batch = { bytes: 0, records: 0, full: false };
      partitions.set(record.partition, batch);
    }
    const fits =
      batch.records === 0 || (batch.bytes + record.bytes <= limits.batchBytes && batch.records < limits.batchRecords);
    if (batch.full || !fits) {
      batch.full = true;
      later.push(record);
      continue;
    }
    batch.bytes += record.bytes;
    batch.records++;
    total += record.bytes;
    now.push(record);
  }
  return { now, later };
}

/** Key, headers and value, plus the most that their lengths and the record's own fields take. */
export function bytesOf(record: {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: Record<string, unknown>;
}): number {
  let bytes = 24 + sizeOf(record.key) + sizeOf(record.value);
  for (const name in record.headers) {
    const value = record.headers[name];
    const nameBytes = 8 + Buffer.byteLength(name);
    if (Array.isArray(value)) for (const one of value) bytes += nameBytes + sizeOf(one);
    else bytes += nameBytes + sizeOf(value);
  }
  return bytes;
}

const sizeOf = (value: unknown): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : Buffer.isBuffer(value) ? value.length : 0;
