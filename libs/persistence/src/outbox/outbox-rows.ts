// The relay's statements. Guarantees: the size of a batch is limited, for the broker and for this process's memory; the
// cost of reading a batch does not depend on the rows before its position.
import type { RawRecord } from '@carillon/messaging';
import { defineStatement } from '../sql/define-statement.ts';
import { headersFromJson } from './outbox-table.ts';
import type { Session } from './session.ts';

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 1_000_000;

export interface OutboxRow {
  id: number;
  ageSeconds: number;
  record: RawRecord;
}

/** The position to read from, and the topics. */
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

const fetchSql = (after: string, topics: string): string => `
  SELECT id, topic, key, value, headers, partition, extract(epoch FROM clock_timestamp() - created_at)::float8 AS age
    FROM (SELECT *, sum(coalesce(octet_length(value), 0) + 200) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)
                    - coalesce(octet_length(value), 0) AS bytes_before
            FROM (SELECT * FROM outbox WHERE refused IS NULL AND id > ${after} AND ${topics} ORDER BY id LIMIT ${BATCH_ROWS}) AS oldest) AS measured
   WHERE bytes_before <= ${BATCH_BYTES}
   ORDER BY id`;

const fetchAll = defineStatement({
  name: 'outbox-fetch',
  parameters: { after: 'bigint', without: 'text[]' },
  text: (p) => fetchSql(p.after, `topic <> ALL(${p.without})`),
});
const fetchTopic = defineStatement({
  name: 'outbox-fetch-topic',
  parameters: { after: 'bigint', topic: 'text' },
  text: (p) => fetchSql(p.after, `topic = ${p.topic}`),
});

/** The oldest rows; at least one, if there is one, however large it is. */
export async function fetchBatch(session: Session, from: FetchFrom): Promise<OutboxRow[]> {
  const { rows } = await session.query<Stored>('topic' in from ? fetchTopic(from) : fetchAll(from));
  return rows.map(({ id, topic, key, value, headers, partition, age }) => ({
    id: Number(id),
    ageSeconds: Math.max(0, age),
    record: { topic, key, value, headers: headersFromJson(headers), ...(partition === null ? {} : { partition }) },
  }));
}

/** By id, one by one: a smaller id may have been committed since the batch was fetched. */
export async function deleteRows(session: Session, rows: readonly OutboxRow[]): Promise<void> {
  await session.query(deleteByIds({ ids: rows.map((row) => row.id) }));
}

const deleteByIds = defineStatement({
  name: 'outbox-delete',
  parameters: { ids: 'bigint[]' },
  text: (p) => `DELETE FROM outbox WHERE id = ANY(${p.ids})`,
});

const setAside = defineStatement({
  parameters: { id: 'bigint', reason: 'text' },
  text: (p) => `UPDATE outbox SET refused = ${p.reason} WHERE id = ${p.id}`,
});

export async function setAsideRow(session: Session, id: number, reason: string): Promise<void> {
  await session.query(setAside({ id, reason }));
}

/** How many rows are set aside, and since when the oldest waits. Reads the whole table. */
export async function countSetAside(session: Session): Promise<{ rows: number; oldestAgeSeconds: number }> {
  const { rows } = await session.query<{ rows: number; age: number }>({
    text: `SELECT count(*)::int AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age FROM outbox WHERE refused IS NOT NULL`,
  });
  return { rows: rows[0]?.rows ?? 0, oldestAgeSeconds: rows[0]?.age ?? 0 };
}
