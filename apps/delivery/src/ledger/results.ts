// Recording what became of attempts, with the outcomes for Kafka, in one statement. Promises: guarded by the attempt,
// not by who owns the lane, so a late answer to a former owner still counts; an outcome is published only with its
// state; what was taken back meanwhile is queued again as a deletion; a fallback exists exactly when what it stands in
// for has failed.
import type { ClientBase, Pool } from 'pg';
import { inTransaction, OUTBOX_CHANNEL, outboxColumns } from '@carillon/persistence';
import type { RawRecord } from '@carillon/messaging';
import type { Arrival } from '../lanes/candidate.ts';
import type { Posted } from './claims.ts';
import { endMembers, type DigestEnd } from './digests.ts';
import { fallbackColumns, fallbackCtes, type FallenBack } from './fallbacks.ts';
import type { DeliveryState } from './states.ts';

/** Heads that keep failing hold their channel this long, then let the others pass. */
const holdsChannelFor = '60 seconds';

export interface AttemptReport {
  n: number;
  result: 'delivered' | 'deleted' | 'not_sent' | 'unknown' | 'failed';
  error?: string;
  advice?: string;
  status?: number;
  requestId?: string;
  latencyMs?: number;
  at: Date;
}

/**
 * What stands in Slack for a matter from now on; null = nothing. `if`: only where nothing stood, or this delivery did.
 */
export interface SlotChange {
  slotId: string;
  posted: Posted | null;
  if: 'empty' | 'own' | 'any';
}

export interface Result {
  deliveryId: string;
  notificationId: string;
  attemptId: string;
  state: DeliveryState;
  terminal: boolean;
  /** For states that are not terminal: when to look again, in ms from now. */
  afterMs: number;
  /** Attempts of which nobody knows whether they posted, this one included. */
  ambiguous: number;
  reason?: string;
  slack?: { teamId: string; channel: string; ts: string };
  /** Could be deleted again, if its producer took it back. */
  deletable?: boolean;
  /** Absent where the attempt itself is already on record. */
  report?: AttemptReport;
  outcome?: RawRecord;
  slots?: SlotChange[];
  fallback?: FallenBack;
  /** Of a digest: how its members end. */
  digest?: DigestEnd;
}

export interface Recorded {
  /** The states as they stand now, by delivery; a delivery that is missing had moved on without this attempt. */
  states: Map<string, DeliveryState>;
  /** New deliveries by e-mail. */
  fallbacks: Arrival[];
}

const results = `
r AS (
  SELECT u.*, u.deletable AND u.state = 'delivered' AND EXISTS (SELECT FROM retraction x WHERE x.notification_id = u.notification_id) AS taken_back
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::float8[], $6::integer[], $7::text[], $8::jsonb[], $25::uuid[], $26::boolean[])
      AS u(delivery_id, attempt_id, state, terminal, after_ms, ambiguous, reason, slack, notification_id, deletable)),
d AS (
  UPDATE delivery AS d
     SET state = CASE WHEN r.taken_back THEN 'ready'
                      WHEN r.state = 'ready'
                       AND coalesce(d.held_since, now()) + interval '${holdsChannelFor}' < clock_timestamp() + r.after_ms * interval '1 millisecond'
                      THEN 'waiting' ELSE r.state END,
         op = CASE WHEN r.taken_back THEN 'delete' ELSE d.op END,
         settled = r.terminal AND NOT r.taken_back,
         settled_at = CASE WHEN r.terminal AND NOT r.taken_back THEN clock_timestamp() END,
         ready_at = clock_timestamp() + r.after_ms * interval '1 millisecond',
         held_since = CASE WHEN r.taken_back THEN NULL ELSE coalesce(d.held_since, now()) END,
         ambiguous = CASE WHEN r.taken_back THEN 0 ELSE r.ambiguous END, reason = r.reason, slack = coalesce(r.slack, d.slack)
    FROM r
   WHERE d.delivery_id = r.delivery_id AND NOT d.settled AND d.attempt_id = r.attempt_id
     AND (d.state IN ('sending', 'unknown') OR (r.state = 'delivered' AND d.state IN ('ready', 'waiting')))
  RETURNING d.*),
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
  RETURNING 1)`;

/** For the few results that change more than their own row. */
const slotsAndFallbacks = `
s AS (
  UPDATE slot AS s
     SET channel = u.channel, ts = u.ts, delivery_id = CASE WHEN u.ts IS NOT NULL THEN u.delivery_id END,
         shown_seq = CASE WHEN u.ts IS NOT NULL THEN d.seq ELSE s.shown_seq END, touched_at = now()
    FROM unnest($27::uuid[], $28::uuid[], $29::text[], $30::text[], $31::text[]) AS u(delivery_id, slot_id, channel, ts, only_if)
    JOIN d USING (delivery_id)
   WHERE s.slot_id = u.slot_id
     AND CASE u.only_if WHEN 'empty' THEN s.ts IS NULL WHEN 'own' THEN s.delivery_id = u.delivery_id ELSE true END),
${fallbackCtes(32)}`;

const told = `SELECT d.delivery_id, d.state, CASE WHEN EXISTS (SELECT FROM o) THEN pg_notify('${OUTBOX_CHANNEL}', '') END AS woken`;
const plainStatement = `WITH ${results} ${told} FROM d`;
const fullStatement = `WITH ${results}, ${slotsAndFallbacks}
${told}, (SELECT json_agg(json_build_object('lane', f.lane, 'channel', f.channel, 'rank', f.priority)) FROM f) AS fallbacks FROM d`;

export function record(pool: Pool, all: readonly Result[]): Promise<Recorded> {
  const digests = all.filter((result) => result.digest);
  if (digests.length === 0) return write(pool, all);
  return inTransaction(pool, async (client) => {
    const recorded = await write(client, all);
    for (const { deliveryId, notificationId, digest, fallback } of digests) {
      // With an e-mail in its place a digest goes on, and its members with it.
      if (recorded.states.has(deliveryId) && !(digest!.outcome === 'failed' && fallback))
        await endMembers(client, notificationId, digest!);
    }
    return recorded;
  });
}

async function write(database: Pool | ClientBase, all: readonly Result[]): Promise<Recorded> {
  const full = all.some((result) => result.slots || result.fallback);
  const { rows } = await database.query<{ delivery_id: string; state: DeliveryState; fallbacks?: Arrival[] | null }>({
    name: full ? 'record-results-full' : 'record-results',
    text: full ? fullStatement : plainStatement,
    values: full ? [...plainValues(all), ...extraValues(all)] : plainValues(all),
  });
  return { states: new Map(rows.map((row) => [row.delivery_id, row.state])), fallbacks: rows[0]?.fallbacks ?? [] };
}

function plainValues(all: readonly Result[]): unknown[] {
  const reported = all.filter((result) => result.report);
  const ended = all.filter((result) => result.outcome);
  const outbox = outboxColumns(ended.map((result) => result.outcome!));
  return [
    all.map((r) => r.deliveryId),
    all.map((r) => r.attemptId),
    all.map((r) => r.state),
    all.map((r) => r.terminal),
    all.map((r) => r.afterMs),
    all.map((r) => r.ambiguous),
    all.map((r) => r.reason ?? null),
    all.map((r) => (r.slack ? JSON.stringify(r.slack) : null)),
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
    all.map((r) => r.notificationId),
    all.map((r) => r.deletable ?? false),
  ];
}

function extraValues(all: readonly Result[]): unknown[] {
  const slots = all.flatMap(({ deliveryId, slots: changes = [] }) =>
    changes.map((change) => ({ deliveryId, ...change })),
  );
  const fallbacks = fallbackColumns(all.flatMap(({ fallback }) => fallback ?? []));
  return [
    slots.map((s) => s.deliveryId),
    slots.map((s) => s.slotId),
    slots.map((s) => s.posted?.channel ?? null),
    slots.map((s) => s.posted?.ts ?? null),
    slots.map((s) => s.if),
    fallbacks.from,
    fallbacks.id,
    fallbacks.destination,
    fallbacks.lane,
    fallbacks.channel,
    fallbacks.waits,
  ];
}
