// Recording what became of attempts, with the outcomes for Kafka, in one statement. Promises: guarded by the attempt, not
// by who owns the lane, so a late answer to a former owner still counts; an outcome is published only with its state.
import type { Pool } from 'pg';
import { OUTBOX_CHANNEL, outboxColumns } from '@carillon/persistence';
import type { RawRecord } from '@carillon/messaging';
import type { DeliveryState } from './states.ts';

/** Heads that keep failing hold their channel this long, then let the others pass. */
const holdsChannelFor = '60 seconds';

export interface AttemptReport {
  n: number;
  result: 'delivered' | 'not_sent' | 'unknown' | 'failed';
  error?: string;
  advice?: string;
  status?: number;
  requestId?: string;
  latencyMs?: number;
  at: Date;
}

export interface Result {
  deliveryId: string;
  attemptId: string;
  state: DeliveryState;
  terminal: boolean;
  /** For states that are not terminal: when to look again, in ms from now. */
  afterMs: number;
  /** Attempts of which nobody knows whether they posted, this one included. */
  ambiguous: number;
  reason?: string;
  slack?: { teamId: string; channel: string; ts: string };
  /** Absent where the attempt itself is already on record. */
  report?: AttemptReport;
  outcome?: RawRecord;
}

const statement = `
WITH r AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::float8[], $6::integer[], $7::text[], $8::jsonb[])
    AS r(delivery_id, attempt_id, state, terminal, after_ms, ambiguous, reason, slack)),
d AS (
  UPDATE delivery AS d
     SET state = CASE WHEN r.state = 'ready'
                       AND coalesce(d.held_since, now()) + interval '${holdsChannelFor}' < clock_timestamp() + r.after_ms * interval '1 millisecond'
                      THEN 'waiting' ELSE r.state END,
         settled = r.terminal,
         settled_at = CASE WHEN r.terminal THEN clock_timestamp() END,
         ready_at = clock_timestamp() + r.after_ms * interval '1 millisecond',
         held_since = coalesce(d.held_since, now()),
         ambiguous = r.ambiguous, reason = r.reason, slack = coalesce(r.slack, d.slack)
    FROM r
   WHERE d.delivery_id = r.delivery_id AND NOT d.settled AND d.attempt_id = r.attempt_id
     AND (d.state IN ('sending', 'unknown') OR (r.state = 'delivered' AND d.state IN ('ready', 'waiting')))
  RETURNING d.delivery_id, d.state),
a AS (
  INSERT INTO attempt (attempt_id, delivery_id, n, result, error, advice, status, request_id, latency_ms, at)
  SELECT * FROM unnest($9::uuid[], $10::uuid[], $11::integer[], $12::text[], $13::text[], $14::text[], $15::smallint[], $16::text[],
                       $17::integer[], $18::timestamptz[])
  ON CONFLICT (attempt_id) DO UPDATE
    SET result = excluded.result, error = excluded.error, advice = excluded.advice, status = excluded.status,
        request_id = excluded.request_id, latency_ms = excluded.latency_ms),
o AS (
  INSERT INTO outbox (topic, key, value, headers, partition)
  SELECT topic, key, value, headers, partition
    FROM unnest($19::uuid[], $20::text[], $21::bytea[], $22::bytea[], $23::jsonb[], $24::integer[])
      AS u(delivery_id, topic, key, value, headers, partition)
    JOIN d USING (delivery_id)
  RETURNING 1)
SELECT d.delivery_id, d.state, CASE WHEN EXISTS (SELECT FROM o) THEN pg_notify('${OUTBOX_CHANNEL}', '') END AS woken FROM d`;

/** The states as they stand now, by delivery; a delivery that is missing had moved on without this attempt. */
export async function record(pool: Pool, results: readonly Result[]): Promise<Map<string, DeliveryState>> {
  const reported = results.filter((result) => result.report);
  const ended = results.filter((result) => result.outcome);
  const outbox = outboxColumns(ended.map((result) => result.outcome!));
  const { rows } = await pool.query<{ delivery_id: string; state: DeliveryState }>({
    name: 'record-results',
    text: statement,
    values: [
      results.map((r) => r.deliveryId),
      results.map((r) => r.attemptId),
      results.map((r) => r.state),
      results.map((r) => r.terminal),
      results.map((r) => r.afterMs),
      results.map((r) => r.ambiguous),
      results.map((r) => r.reason ?? null),
      results.map((r) => (r.slack ? JSON.stringify(r.slack) : null)),
      reported.map((r) => r.attemptId),
      reported.map((r) => r.deliveryId),
      reported.map((r) => r.report!.n),
      reported.map((r) => r.report!.result),
      reported.map((r) => r.report!.error ?? null),
      reported.map((r) => r.report!.advice ?? null),
      reported.map((r) => r.report!.status ?? null),
      reported.map((r) => r.report!.requestId ?? null),
      reported.map((r) => (r.report!.latencyMs === undefined ? null : Math.round(r.report!.latencyMs))),
      reported.map((r) => r.report!.at.toISOString()),
      ended.map((r) => r.deliveryId),
      outbox.topic,
      outbox.key,
      outbox.value,
      outbox.headers,
      outbox.partition,
    ],
  });
  return new Map(rows.map((row) => [row.delivery_id, row.state]));
}
