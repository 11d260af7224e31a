// What an operator sees of the outbox and does about it. Guarantees: no payload is shown; retrying puts records behind
// everything that waits now, in their former order, and wakes the relay of whichever process publishes.
import type { Pool } from 'pg';
import { OUTBOX_CHANNEL, OUTBOX_RETRIED, type Queryable } from './outbox-table.ts';

export const outboxStates = ['waiting', 'set_aside'] as const;

export interface OutboxRecord {
  id: string;
  topic: string;
  key: string | null;
  /** Of the value. */
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

/** The oldest first. */
export async function listOutbox(
  pool: Pick<Pool, 'query'>,
  { state, topic }: OutboxFilter,
  limit: number,
  after = '0',
): Promise<OutboxRecord[]> {
  const ofState = state === undefined ? '' : `AND refused IS ${state === 'waiting' ? '' : 'NOT '}NULL`;
  const { rows } = await pool.query<Row>(
    `SELECT id, topic, key, coalesce(octet_length(value), 0) AS bytes, refused, created_at FROM outbox
      WHERE id > $1 ${ofState} AND ($2::text IS NULL OR topic = $2) ORDER BY id LIMIT $3`,
    [after, topic ?? null, limit],
  );
  return rows.map(({ id, topic: of, key, bytes, refused, created_at }) => ({
    ...{ id, topic: of, key: key === null ? null : key.toString(), bytes },
    ...{ state: refused === null ? 'waiting' : 'set_aside', reason: refused, createdAt: created_at.toISOString() },
  }));
}

/**
 * Puts records that are set aside back into the queue: the given ones, those of a topic, or all. Answers how many of
 * each topic.
 */
export async function retryOutbox(
  tx: Queryable,
  { ids, topic }: { ids?: readonly string[] | undefined; topic?: string | undefined },
): Promise<Record<string, number>> {
  const answer = (await tx.query(
    `WITH chosen AS (
       DELETE FROM outbox WHERE refused IS NOT NULL AND ($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR topic = $2)
       RETURNING id, topic, key, value, headers, partition),
     added AS (
       INSERT INTO outbox (topic, key, value, headers, partition)
       SELECT topic, key, value, headers, partition FROM chosen ORDER BY id)
     SELECT topic, count(*)::int AS records, pg_notify('${OUTBOX_CHANNEL}', '${OUTBOX_RETRIED}') FROM chosen GROUP BY topic`,
    [ids ?? null, topic ?? null],
  )) as { rows: { topic: string; records: number }[] };
  return Object.fromEntries(answer.rows.map((row) => [row.topic, row.records]));
}
