// The table in which records wait for Kafka. Guarantees: a record and the rows that it describes are written in one
// transaction, so both exist or neither does; a commit wakes the relay once, whatever the number of records.
//
// Order: ids are assigned when the statement runs. Two transactions that change the same row and both lock it
// BEFORE they add to the outbox are published in the order of their commits; without a common lock there is no order.
import type { RawRecord } from '@carillon/messaging';
import { OutboxRecordTooLargeError } from '../errors.ts';
import { defineStatement, rows } from '../sql/define-statement.ts';

export const OUTBOX_CHANNEL = 'outbox';
/** The payload of the notification after records that were set aside were queued again. */
export const OUTBOX_RETRIED = 'retried';

/** Kafka's default message.max.bytes is 1,048,588; the difference is for the frame of the batch. */
const LARGEST_RECORD_BYTES = 1_000_000;

/** A pg client within a transaction, or a TypeORM EntityManager or QueryRunner. */
export interface Queryable {
  query(sql: string, values: unknown[]): Promise<unknown>;
}

/** For `rows(…)` of a statement that writes rows and records at once. */
export const outboxColumnTypes = {
  topic: 'text',
  key: 'bytea?',
  value: 'bytea?',
  headers: 'jsonb',
  partition: 'integer?',
} as const;

/** Records as one array per column. */
export interface OutboxColumns {
  topic: string[];
  key: (Buffer | null)[];
  value: (Buffer | null)[];
  headers: string[];
  partition: (number | null)[];
}

/** For statements that write rows and records at once; they must also `SELECT pg_notify(OUTBOX_CHANNEL, '')`. */
export function outboxColumns(records: readonly RawRecord[]): OutboxColumns {
  const columns: OutboxColumns = { topic: [], key: [], value: [], headers: [], partition: [] };
  for (const record of records) {
    const key = bytesOf(record.key);
    const value = bytesOf(record.value);
    const headers = JSON.stringify(headersToJson(record.headers));
    const size = (key?.length ?? 0) + (value?.length ?? 0) + headers.length;
    if (size > LARGEST_RECORD_BYTES) throw new OutboxRecordTooLargeError(record.topic, size, LARGEST_RECORD_BYTES);
    columns.topic.push(record.topic);
    columns.key.push(key);
    columns.value.push(value);
    columns.headers.push(headers);
    columns.partition.push(record.partition ?? null);
  }
  return columns;
}

const addRecords = defineStatement({
  parameters: { records: rows(outboxColumnTypes) },
  text: (p) => `WITH added AS (
       INSERT INTO outbox (${p.records.columns})
       SELECT ${p.records.columns} FROM ${p.records.as('r', 'n')} ORDER BY n)
     SELECT pg_notify('${OUTBOX_CHANNEL}', '')`,
});

export async function addToOutbox(client: Queryable, records: readonly RawRecord[]): Promise<void> {
  if (records.length === 0) return;
  const { text, values } = addRecords({ records: outboxColumns(records) });
  await client.query(text, values);
}

type JsonHeaders = Record<string, string | { base64: string }>;

/** Header bytes that are not text survive the way through JSON. */
export function headersToJson(headers: RawRecord['headers']): JsonHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : { base64: value.toString('base64') },
    ]),
  );
}

export function headersFromJson(headers: JsonHeaders): RawRecord['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : Buffer.from(value.base64, 'base64'),
    ]),
  );
}

function bytesOf(value: Buffer | string | null): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}
