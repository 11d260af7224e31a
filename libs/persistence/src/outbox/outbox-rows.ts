// The relay's statements. Guarantees: a batch is never larger than the broker's appetite or this process's memory, and
// reading one costs nothing for rows before the position that it starts from.
import type { RawRecord } from '@carillon/messaging';
import { headersFromJson } from './outbox-table.ts';
import type { Session } from './session.ts';

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1_000_000;

export interface OutboxRow {
  id: number;
  ageSeconds: number;
  record: RawRecord;
}

/** From where on, and of which topics. */
export type FetchFrom = { after: number } & ({ topic: string } | { without: readonly string[] });

interface Stored {
  id: string;
  topic: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Parameters<typeof headersFromJson>[0];
  partition: number | null;
  age: number;
}

const fetchSql = (topics: string): string => `
  SELECT id, topic, key, value, headers, partition, extract(epoch FROM clock_timestamp() - created_at)::float8 AS age
    FROM (SELECT *, sum(coalesce(octet_length(value), 0) + 200) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)
                    - coalesce(octet_length(value), 0) AS bytes_before
            FROM (SELECT * FROM outbox WHERE refused IS NULL AND id > $1 AND ${topics} ORDER BY id LIMIT ${BATCH_ROWS}) AS oldest) AS measured
   WHERE bytes_before <= ${BATCH_BYTES}
   ORDER BY id`;

const fetchAll = { name: 'outbox-fetch', text: fetchSql('topic <> ALL($2::text[])') };
const fetchTopic = { name: 'outbox-fetch-topic', text: fetchSql('topic = $2') };

/** The oldest rows; at least one, if there is one, however large it is. */
export async function fetchBatch(session: Session, from: FetchFrom): Promise<OutboxRow[]> {
  const [statement, topics] = 'topic' in from ? [fetchTopic, from.topic] : [fetchAll, from.without];
  const { rows } = await session.query<Stored>({ ...statement, values: [from.after, topics] });
  return rows.map(({ id, topic, key, value, headers, partition, age }) => ({
    id: Number(id),
    ageSeconds: Math.max(0, age),
    record: { topic, key, value, headers: headersFromJson(headers), ...(partition === null ? {} : { partition }) },
  }));
}

/** By id, one by one: a smaller id may have been committed since the batch was fetched. */
export async function deleteRows(session: Session, rows: readonly OutboxRow[]): Promise<void> {
  await session.query({
    name: 'outbox-delete',
    text: 'DELETE FROM outbox WHERE id = ANY($1::bigint[])',
    values: [rows.map((row) => row.id)],
  });
}

export async function setAsideRow(session: Session, id: number, reason: string): Promise<void> {
  await session.query({ text: 'UPDATE outbox SET refused = $2 WHERE id = $1', values: [id, reason] });
}

/** How many rows are set aside, and since when the oldest waits. Reads the whole table. */
export async function countSetAside(session: Session): Promise<{ rows: number; oldestAgeSeconds: number }> {
  const { rows } = await session.query<{ rows: number; age: number }>({
    text: `SELECT count(*)::int AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age FROM outbox WHERE refused IS NOT NULL`,
  });
  return { rows: rows[0]?.rows ?? 0, oldestAgeSeconds: rows[0]?.age ?? 0 };
}
