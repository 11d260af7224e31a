// Attempts that the ledger shows as under way although no process carries them out become `unknown`: nobody knows
// whether they were sent.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';

export interface AttemptUnderWay {
  deliveryId: string;
  attemptId: string;
}

const selectUnderWay = defineStatement({
  name: 'attempts-under-way',
  parameters: { lanes: 'text[]' },
  text: (p) => `
SELECT delivery_id AS "deliveryId", attempt_id AS "attemptId" FROM delivery_live
 WHERE lane = ANY(${p.lanes}) AND state = 'sending'`,
});

/** Attempts that the database shows as under way in these lanes. */
export async function attemptsUnderWay(pool: Pool, lanes: readonly string[]): Promise<AttemptUnderWay[]> {
  const { rows: found } = await pool.query<AttemptUnderWay>(selectUnderWay({ lanes }));
  return found;
}

/** `condition`: over `delivery_live AS d`. */
const becomeUnknown = (condition: string, restMs: string): string => `
WITH abandoned AS (
  UPDATE delivery_live AS d SET state = 'unknown', ambiguous = ambiguous + 1, reason = 'owner_lost',
         ready_at = clock_timestamp() + ${restMs} * interval '1 millisecond', held_since = coalesce(held_since, now())
   WHERE ${condition} AND d.state = 'sending'
  RETURNING delivery_id, attempt_id, attempts, claimed_at)
INSERT INTO attempt (attempt_id, delivery_id, n, result, error, advice, at)
SELECT attempt_id, delivery_id, attempts, 'unknown', 'owner_lost',
       'The process that sent this ended before it recorded the answer.', claimed_at FROM abandoned
ON CONFLICT DO NOTHING`;

const abandonLanes = defineStatement({
  parameters: { lanes: 'text[]', restMs: 'float8' },
  text: (p) => becomeUnknown(`d.lane = ANY(${p.lanes})`, p.restMs),
});

/** Of lanes that another process owned. `restMs`: how long they rest before they are reconciled. */
export async function abandonAttempts(client: ClientBase, lanes: readonly string[], restMs: number): Promise<void> {
  await client.query(abandonLanes({ lanes, restMs }));
}

const abandonOrphans = defineStatement({
  parameters: { attempts: rows({ deliveryId: 'uuid', attemptId: 'uuid' }), restMs: 'float8' },
  text: (p) =>
    becomeUnknown(
      `d.delivery_id IN (
         SELECT o.delivery_id FROM ${p.attempts.as('u')} JOIN delivery_live o ON o.delivery_id = u.delivery_id AND o.attempt_id = u.attempt_id
          WHERE o.state = 'sending' LIMIT 500 FOR UPDATE OF o SKIP LOCKED)`,
      p.restMs,
    ),
});

/**
 * Of lanes of this process: a claim was committed unheard, or its result was refused. At most 500 at a time; a row that
 * somebody else has locked is left for later. Returns how many there were.
 */
export async function abandonOrphanedAttempts(
  pool: Pool,
  attempts: readonly AttemptUnderWay[],
  restMs: number,
): Promise<number> {
  const { rowCount } = await pool.query(abandonOrphans({ attempts, restMs }));
  return rowCount ?? 0;
}
