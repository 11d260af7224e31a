// Writes a plan into the ledger with one statement. Guarantees: all of it or nothing; a decision that is already there
// drops its whole recipient, so a request resolved twice, even differently, never sends by a second way. What belongs
// to a notification that was stored before is taken only by `storeWithin`; gate.ts looks at it first.
import type { ClientBase, Pool } from 'pg';
import {
  defineStatement,
  inTransaction,
  OUTBOX_CHANNEL,
  outboxColumns,
  outboxColumnTypes,
  rows,
} from '@carillon/persistence';
import { nextSeq } from './arrival-order.ts';
import type { IngestPlan } from '../model/ingest-plan.ts';
import { keepNewest, createSlots } from './message-slots.ts';

/** How long a notification may be sent when its producer did not say. */
const defaultExpiry = '7 days';

/** Of so few new deliveries the places in the queue are returned, so that they need not be read. */
const toldOneByOne = 50;

const ingest = defineStatement({
  name: 'ingest',
  parameters: {
    notifications: rows({
      id: 'uuid',
      tenant: 'text',
      source: 'text',
      externalId: 'text',
      type: 'text',
      typeTitle: 'text?',
      category: 'text',
      content: 'json',
      variants: 'jsonb?',
      priority: 'smallint',
      expiresAt: 'timestamptz?',
      collapseKey: 'text?',
      threadKey: 'text?',
      sequence: 'bigint?',
      ambiguity: 'text',
      mutable: 'boolean',
      retentionDays: 'integer',
      reasons: 'json?',
      traceparent: 'text?',
      requestHash: 'text?',
      requestedAt: 'timestamptz?',
    }),
    decisions: rows({ notificationId: 'uuid', recipient: 'text', answer: 'json' }),
    deliveries: rows({
      id: 'uuid',
      tenant: 'text',
      notificationId: 'uuid',
      recipient: 'text',
      destination: 'json',
      lane: 'text',
      channel: 'text',
      installationId: 'text?',
      priority: 'smallint',
      notBefore: 'timestamptz?',
      expiresAt: 'timestamptz?',
      variant: 'text?',
      extras: 'json?',
    }),
    /** Of the deliveries, each once. */
    lanes: 'text[]',
    suppressed: rows({ notificationId: 'uuid', recipient: 'text?', ...outboxColumnTypes }),
    /** Of the deliveries: those that are claimed at once, by this process for its lanes. */
    claims: rows({ deliveryId: 'uuid', attemptId: 'uuid', epoch: 'bigint' }),
    podId: 'uuid?',
    /** Whether what belongs to notifications that were stored before is taken too. */
    takeKnown: 'boolean',
  },
  // Sorted by key, so that two batches with the same rows wait for each other instead of dead-locking.
  text: (p) => `
WITH
n AS (
  INSERT INTO notification (notification_id, tenant_id, source, external_id, type, type_title, category, content, variants, priority, expires_at,
                            collapse_key, thread_key, sequence, ambiguity, mutable, retention_days, traceparent, reasons, request_hash, requested_at, forget_on)
  SELECT id, tenant, source, external_id, type, type_title, category, content, variants, priority,
         coalesce(expires_at, now() + interval '${defaultExpiry}'),
         collapse_key, thread_key, sequence, ambiguity, mutable, retention_days, traceparent, reasons, request_hash, requested_at, current_date + retention_days
    FROM ${p.notifications.as('u')}
   ORDER BY id
  ON CONFLICT DO NOTHING
  RETURNING notification_id),
d AS (
  INSERT INTO decision (notification_id, recipient, answer)
  SELECT notification_id, recipient, answer FROM ${p.decisions.as('u')}
   WHERE ${p.takeKnown} OR notification_id IN (SELECT notification_id FROM n)
   ORDER BY notification_id, recipient
  ON CONFLICT DO NOTHING
  RETURNING notification_id, recipient),
l AS (
  INSERT INTO lane (lane_id) SELECT lane FROM unnest(${p.lanes}) AS u(lane) ORDER BY lane ON CONFLICT DO NOTHING
  RETURNING lane_id),
b AS MATERIALIZED (SELECT ${nextSeq} AS base),
c AS (
  SELECT c.delivery_id, c.attempt_id, c.epoch, o.lane_id AS lane
    FROM ${p.claims.as('c')}
    JOIN (SELECT lane_id, epoch FROM lane WHERE lane_id = ANY(${p.lanes}) AND pod_id = ${p.podId} FOR SHARE SKIP LOCKED) AS o USING (epoch)),
x AS (
  INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, installation_id, priority,
                        state, attempts, attempt_id, epoch, claimed_at,
                        ready_at, expires_at, expiry_asked, tenant_id, collapse_slot, thread_slot, rolled_up, roll_up_position, variant, fallback, digest_key, digest_due, digest_next)
  SELECT id, b.base + n, notification_id, recipient, destination, lane, channel, installation_id, priority,
         CASE WHEN not_before > now() OR extras->>'digestKey' IS NOT NULL THEN 'waiting' WHEN attempt_id IS NOT NULL THEN 'sending' ELSE 'ready' END,
         CASE WHEN attempt_id IS NULL THEN 0 ELSE 1 END, attempt_id, epoch, CASE WHEN attempt_id IS NOT NULL THEN clock_timestamp() END,
         coalesce(not_before, now()),
         coalesce(expires_at, now() + interval '${defaultExpiry}'), expires_at IS NOT NULL, tenant,
         (extras->>'collapseSlot')::uuid, (extras->>'threadSlot')::uuid, (extras->>'rolledUp')::integer, (extras->>'rollUpPosition')::integer, variant, extras->'fallback',
         extras->>'digestKey', (extras->>'digestDue')::timestamptz, (extras->>'digestNext')::timestamptz
    FROM (SELECT u.*, c.attempt_id, c.epoch
            FROM ${p.deliveries.as('u', 'n')}
            JOIN d USING (notification_id, recipient)
            LEFT JOIN c ON c.delivery_id = u.id AND c.lane = u.lane AND coalesce(u.expires_at > now(), true)
                       AND NOT EXISTS (SELECT FROM retraction r WHERE r.notification_id = u.notification_id)
           ORDER BY n) AS accepted, b
  RETURNING delivery_id, seq, state, claimed_at, expires_at),
o AS (
  INSERT INTO outbox (topic, key, value, headers, partition)
  SELECT u.topic, u.key, u.value, u.headers, u.partition
    FROM ${p.suppressed.as('u')}
    LEFT JOIN d USING (notification_id, recipient)
    LEFT JOIN n ON n.notification_id = u.notification_id AND u.recipient IS NULL
   WHERE d.notification_id IS NOT NULL OR n.notification_id IS NOT NULL
  RETURNING 1)
SELECT coalesce((SELECT array_agg(lane_id) FROM l), '{}') AS new_lanes,
       (SELECT count(*)::integer FROM x) AS deliveries,
       CASE WHEN (SELECT count(*) FROM x) <= ${toldOneByOne} THEN (SELECT json_object_agg(delivery_id, seq::text) FROM x) END AS places,
       (SELECT json_object_agg(delivery_id, json_build_object('expiresInMs', (extract(epoch FROM expires_at - claimed_at) * 1000)::float8)) FROM x WHERE state = 'sending') AS claimed,
       coalesce((SELECT array_agg(r.notification_id) FROM retraction r JOIN n USING (notification_id)), '{}') AS retracted,
       coalesce((SELECT array_agg(id) FROM unnest(${p.notifications.array('id')}) AS u(id) WHERE NOT ${p.takeKnown} AND id NOT IN (SELECT notification_id FROM n)), '{}') AS known,
       CASE WHEN EXISTS (SELECT FROM o) THEN pg_notify('${OUTBOX_CHANNEL}', '') END AS woken`,
});

/** A delivery that the ledger has to claim in the statement that stores it. */
export interface NewClaim {
  deliveryId: string;
  attemptId: string;
  epoch: number;
}

/** Claims of this process. */
export interface NewClaims {
  podId: string;
  claims: readonly NewClaim[];
}

/** How long from its claim it may be sent. */
export interface ClaimedNow {
  expiresInMs: number;
}

export interface Ingested {
  /** Lanes that exist from now on; nobody owns them yet. */
  newLanes: string[];
  deliveries: number;
  /** The places of new deliveries in the order of arrival, by id, where they are few. */
  places: Record<string, string>;
  /** Those that were claimed at once, by id. */
  claimed: Readonly<Record<string, ClaimedNow>>;
  /** Notifications that had been retracted before they came. */
  retracted: string[];
  /** Notifications that were there before: nothing of them was taken. */
  known: string[];
}

/** Takes what belongs to notifications that nobody has stored before. */
export function storeNew(pool: Pool, plan: IngestPlan, claims?: NewClaims): Promise<Ingested> {
  if (plan.collapseSlots.size + plan.threadSlots.size === 0) return write(pool, plan, false, claims);
  return inTransaction(pool, (client) => storeWithin(client, plan, false));
}

/** Takes what belongs to known notifications too, whose rows the caller has locked. */
export async function storeWithin(client: ClientBase, plan: IngestPlan, known = true): Promise<Ingested> {
  const { collapseSlots, threadSlots } = plan;
  const ingested = await write(client, plan, known);
  if (collapseSlots.size + threadSlots.size > 0) await createSlots(client, [...collapseSlots, ...threadSlots]);
  if (collapseSlots.size > 0) await keepNewest(client, [...collapseSlots]);
  return ingested;
}

interface Row {
  new_lanes: string[];
  deliveries: number;
  places: Record<string, string> | null;
  retracted: string[];
  known: string[];
  claimed: Record<string, ClaimedNow> | null;
}

async function write(
  database: Pool | ClientBase,
  plan: IngestPlan,
  known: boolean,
  claims?: NewClaims,
): Promise<Ingested> {
  const { notifications, decisions, deliveries, suppressed } = plan;
  const { rows: ingested } = await database.query<Row>(
    ingest({
      notifications,
      decisions,
      deliveries,
      lanes: [...new Set(deliveries.lane)],
      suppressed: {
        notificationId: suppressed.map(({ notificationId }) => notificationId),
        recipient: suppressed.map(({ recipient }) => recipient),
        ...outboxColumns(suppressed.map(({ record }) => record)),
      },
      claims: claims?.claims ?? [],
      podId: claims?.podId,
      takeKnown: known,
    }),
  );
  const { new_lanes: newLanes, places, claimed, ...rest } = ingested[0]!;
  return { newLanes, places: places ?? {}, claimed: claimed ?? {}, ...rest };
}
