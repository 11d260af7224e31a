// Records the results of attempts, with the outcomes for Kafka, in one statement. Guarantees: guarded by the attempt,
// not by the owner of the lane, so a late answer to a former owner still counts; an outcome is published only with its
// state; a delivery that was retracted meanwhile is queued again as a deletion; a fallback exists exactly when the
// delivery that it replaces has failed.
import type { ClientBase, Pool } from 'pg';
import {
  defineStatement,
  inTransaction,
  OUTBOX_CHANNEL,
  outboxColumns,
  outboxColumnTypes,
  rows,
  type ReferencesOf,
} from '@carillon/persistence';
import type { Arrival } from '../model/queued-delivery.ts';
import type { DeliveryResult } from '../model/delivery-result.ts';
import { endMembers } from './digests.ts';
import { fallbackColumnTypes, fallbackCtes, fallbackRows } from './fallbacks.ts';
import type { DeliveryState } from '../model/delivery-state.ts';

/** Heads that keep failing hold their channel this long, then let the others pass. */
const holdsChannelFor = '60 seconds';

export interface Recorded {
  /** The states as they stand now, by delivery; a delivery that is missing had moved on without this attempt. */
  states: Map<string, DeliveryState>;
  /** New deliveries by e-mail. */
  fallbacks: Arrival[];
}

const plainTypes = {
  results: rows({
    deliveryId: 'uuid',
    attemptId: 'uuid',
    state: 'text',
    terminal: 'boolean',
    afterMs: 'float8',
    ambiguous: 'integer',
    reason: 'text?',
    ref: 'jsonb?',
    notificationId: 'uuid',
    deletable: 'boolean',
  }),
  attempts: rows({
    attemptId: 'uuid',
    deliveryId: 'uuid',
    n: 'integer',
    result: 'text',
    error: 'text?',
    advice: 'text?',
    status: 'smallint?',
    requestId: 'text?',
    latencyMs: 'integer?',
    at: 'timestamptz',
  }),
  outcomes: rows({ deliveryId: 'uuid', ...outboxColumnTypes }),
} as const;

const fullTypes = {
  ...plainTypes,
  slots: rows({ deliveryId: 'uuid', slotId: 'uuid', ref: 'jsonb?', onlyIf: 'text' }),
  fallbacks: rows(fallbackColumnTypes),
} as const;

const results = (p: ReferencesOf<typeof plainTypes>): string => `
r AS (
  SELECT u.*, u.deletable AND u.state = 'delivered' AND EXISTS (SELECT FROM retraction x WHERE x.notification_id = u.notification_id) AS taken_back
    FROM ${p.results.as('u')}),
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
         ambiguous = CASE WHEN r.taken_back THEN 0 ELSE r.ambiguous END, reason = r.reason, slack = coalesce(r.ref, d.slack)
    FROM r
   WHERE d.delivery_id = r.delivery_id AND NOT d.settled AND d.attempt_id = r.attempt_id
     AND (d.state IN ('sending', 'unknown') OR (r.state = 'delivered' AND d.state IN ('ready', 'waiting')))
  RETURNING d.*),
a AS (
  INSERT INTO attempt (${p.attempts.columns})
  SELECT ${p.attempts.columns} FROM ${p.attempts.as('u')}
  ON CONFLICT (attempt_id) DO UPDATE
    SET result = excluded.result, error = CASE excluded.result WHEN 'found' THEN attempt.error ELSE excluded.error END, advice = excluded.advice, status = excluded.status,
        request_id = excluded.request_id, latency_ms = excluded.latency_ms),
o AS (
  INSERT INTO outbox (topic, key, value, headers, partition)
  SELECT topic, key, value, headers, partition
    FROM ${p.outcomes.as('u')}
    JOIN d USING (delivery_id)
  RETURNING 1)`;

/** For the few results that change more than their own row. */
const slotsAndFallbacks = (p: ReferencesOf<typeof fullTypes>): string => `
s AS (
  UPDATE slot AS s
     SET message_ref = u.ref, delivery_id = CASE WHEN u.ref IS NOT NULL THEN u.delivery_id END,
         shown_seq = CASE WHEN u.ref IS NOT NULL THEN d.seq ELSE s.shown_seq END, touched_at = now()
    FROM ${p.slots.as('u')}
    JOIN d USING (delivery_id)
   WHERE s.slot_id = u.slot_id
     AND CASE u.only_if WHEN 'empty' THEN s.message_ref IS NULL WHEN 'own' THEN s.delivery_id = u.delivery_id ELSE true END),
${fallbackCtes(p.fallbacks)}`;

const recordedStates = `SELECT d.delivery_id, d.state, CASE WHEN EXISTS (SELECT FROM o) THEN pg_notify('${OUTBOX_CHANNEL}', '') END AS woken`;
const recordPlain = defineStatement({
  name: 'record-results',
  parameters: plainTypes,
  text: (p) => `WITH ${results(p)} ${recordedStates} FROM d`,
});
const recordFull = defineStatement({
  name: 'record-results-full',
  parameters: fullTypes,
  text: (p) => `WITH ${results(p)}, ${slotsAndFallbacks(p)}
${recordedStates}, (SELECT json_agg(json_build_object('lane', f.lane, 'channel', f.channel, 'rank', f.priority)) FROM f) AS fallbacks FROM d`,
});

export function record(pool: Pool, all: readonly DeliveryResult[]): Promise<Recorded> {
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

async function write(database: Pool | ClientBase, all: readonly DeliveryResult[]): Promise<Recorded> {
  const full = all.some((result) => result.slots || result.fallback);
  const { rows: recorded } = await database.query<{
    delivery_id: string;
    state: DeliveryState;
    fallbacks?: Arrival[] | null;
  }>(full ? recordFull({ ...plainValues(all), ...extraValues(all) }) : recordPlain(plainValues(all)));
  return {
    states: new Map(recorded.map((row) => [row.delivery_id, row.state])),
    fallbacks: recorded[0]?.fallbacks ?? [],
  };
}

function plainValues(all: readonly DeliveryResult[]) {
  const ended = all.filter((result) => result.outcome);
  return {
    results: all.map((r) => ({
      deliveryId: r.deliveryId,
      attemptId: r.attemptId,
      state: r.state,
      terminal: r.terminal,
      afterMs: r.afterMs,
      ambiguous: r.ambiguous,
      reason: r.reason,
      ref: r.ref && JSON.stringify(r.ref),
      notificationId: r.notificationId,
      deletable: r.deletable ?? false,
    })),
    attempts: all.flatMap(({ attemptId, deliveryId, report }) =>
      report
        ? [
            {
              attemptId,
              deliveryId,
              n: report.n,
              result: report.result,
              error: report.error,
              advice: report.advice,
              status: report.status,
              requestId: report.requestId,
              latencyMs: report.latencyMs === undefined ? null : Math.round(report.latencyMs),
              at: report.at.toISOString(),
            },
          ]
        : [],
    ),
    outcomes: {
      deliveryId: ended.map((result) => result.deliveryId),
      ...outboxColumns(ended.map((result) => result.outcome!)),
    },
  };
}

const extraValues = (all: readonly DeliveryResult[]) => ({
  slots: all.flatMap(({ deliveryId, slots = [] }) =>
    slots.map((change) => ({
      deliveryId,
      slotId: change.slotId,
      ref: change.ref && JSON.stringify(change.ref),
      onlyIf: change.if,
    })),
  ),
  fallbacks: fallbackRows(all.flatMap(({ fallback }) => fallback ?? [])),
});
