// The relay's three statements. Promises: a batch is never larger than the broker's appetite or this process's memory.
import type { RawRecord } from '@carillon/messaging';
import type { ClientBase } from 'pg';
import { headersFromJson } from './outbox-table.ts';

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1_000_000;

export interface OutboxRow {
  id: string;
  ageSeconds: number;
  record: RawRecord;
}

interface Stored {
  id: string;
  topic: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Parameters<typeof headersFromJson>[0];
  partition: number | null;
  age: number;
}

/** The oldest rows; at least one, if there is one, however large it is. */
export async function fetchBatch(client: ClientBase): Promise<OutboxRow[]> {
  const { rows } = await client.query<Stored>({
    name: 'outbox-fetch',
    text: `SELECT id, topic, key, value, headers, partition, extract(epoch FROM clock_timestamp() - created_at)::float8 AS age
             FROM (SELECT *, sum(coalesce(octet_length(value), 0) + 200) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)
                             - coalesce(octet_length(value), 0) AS bytes_before
                     FROM (SELECT * FROM outbox WHERE refused IS NULL ORDER BY id LIMIT ${BATCH_ROWS}) AS oldest) AS measured
            WHERE bytes_before <= ${BATCH_BYTES}
            ORDER BY id`,
  });
  return rows.map(({ id, topic, key, value, headers, partition, age }) => ({
    id,
    ageSeconds: Math.max(0, age),
    record: { topic, key, value, headers: headersFromJson(headers), ...(partition === null ? {} : { partition }) },
  }));
}

/** By id, one by one: a smaller id may have been committed since the batch was fetched. */
export async function deleteRows(client: ClientBase, rows: readonly OutboxRow[]): Promise<void> {
  await client.query({ name: 'outbox-delete', text: 'DELETE FROM outbox WHERE id = ANY($1::bigint[])', values: [rows.map((row) => row.id)] });
}

export async function refuseRow(client: ClientBase, id: string, reason: string): Promise<void> {
  await client.query('UPDATE outbox SET refused = $2 WHERE id = $1', [id, reason]);
}
