// Lists the records of the outbox for operators, and retries those that were set aside. Guarantees: no payload is
// shown; retried records are placed behind all waiting ones, in their former order, and the publishing process is
// woken.
import type { Pool } from 'pg';
import { defineStatement } from '../sql/define-statement.ts';
import { OUTBOX_CHANNEL, OUTBOX_RETRIED, type Queryable } from './outbox-table.ts';

export const outboxStates = ['waiting', 'set_aside'] as const;

export interface OutboxRecord {
  id: string;
  topic: string;
  key: string | null;
  /** The size of the value. */
  bytes: number;
  state: (typeof outboxStates)[number];
  /** Why it is set aside. */
  reason: string | null;
  createdAt: string;
}

export interface OutboxFilter {
  state?: OutboxRecord['state'] | undefined;
  topic?: string | undefined;
}

interface Row {
  id: string;
  topic: string;
  key: Buffer | null;
  bytes: number;
  refused: string | null;
  created_at: Date;
}

const selectRecords = (ofState: string) =>
  defineStatement({
    parameters: { after: 'bigint', topic: 'text?', limit: 'integer' },
    text: (p) => `
SELECT id, topic, key, coalesce(octet_length(value), 0) AS bytes, refused, created_at FROM outbox
 WHERE id > ${p.after} ${ofState} AND (${p.topic} IS NULL OR topic = ${p.topic}) ORDER BY id LIMIT ${p.limit}`,
  });
const select = {
  any: selectRecords(''),
  waiting: selectRecords('AND refused IS NULL'),
  set_aside: selectRecords('AND refused IS NOT NULL'),
};

/** The oldest first. */
export async function listOutbox(
  pool: Pick<Pool, 'query'>,
  { state, topic }: OutboxFilter,
  limit: number,
  after = '0',
): Promise<OutboxRecord[]> {
  const { rows } = await pool.query<Row>(select[state ?? 'any']({ after, topic, limit }));
  return rows.map(({ id, topic: of, key, bytes, refused, created_at }) => ({
    ...{ id, topic: of, key: key === null ? null : key.toString(), bytes },
    ...{ state: refused === null ? 'waiting' : 'set_aside', reason: refused, createdAt: created_at.toISOString() },
  }));
}

/** `all`: the ids do not matter. */
const retryRecords = defineStatement({
  parameters: { all: 'boolean', ids: 'bigint[]', topic: 'text?' },
  text: (p) => `
WITH chosen AS (
  DELETE FROM outbox
   WHERE refused IS NOT NULL AND (${p.all} OR id = ANY(${p.ids})) AND (${p.topic} IS NULL OR topic = ${p.topic})
  RETURNING id, topic, key, value, headers, partition),
added AS (
  INSERT INTO outbox (topic, key, value, headers, partition)
  SELECT topic, key, value, headers, partition FROM chosen ORDER BY id)
SELECT topic, count(*)::int AS records, pg_notify('${OUTBOX_CHANNEL}', '${OUTBOX_RETRIED}') FROM chosen GROUP BY topic`,
});

/**
 * Puts records that were set aside back into the queue: the given ones, those of a topic, or all. Returns their number
 * for each topic.
 */
export async function retryOutbox(
  tx: Queryable,
  { ids, topic }: { ids?: readonly string[] | undefined; topic?: string | undefined },
): Promise<Record<string, number>> {
  const { text, values } = retryRecords({ all: ids === undefined, ids: ids ?? [], topic });
  const answer = (await tx.query(text, values)) as { rows: { topic: string; records: number }[] };
  return Object.fromEntries(answer.rows.map((row) => [row.topic, row.records]));
}
