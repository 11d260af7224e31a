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

/** How long a notification may be told when its producer did not say. */
const defaultExpiry = '7 days';

/** Of so few new deliveries the places in the queue are told, so that nobody has to read them. */
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
      extras: 'json?',
    }),
    /** Of the deliveries, each once. */
    lanes: 'text[]',
    suppressed: rows({ notificationId: 'uuid', recipient: 'text?', ...outboxColumnTypes }),
    /** Whether what belongs to notifications that were stored before is taken too. */
    takeKnown: 'boolean',
  },
  // Sorted by key, so that two batches with the same rows wait for each other instead of dead-locking.
  text: (p) => `
WITH
n AS (
  INSERT INTO notification (notification_id, tenant_id, source, external_id, type, type_title, category, content, priority, expires_at,
                            collapse_key, thread_key, sequence, ambiguity, mutable, retention_days, traceparent, reasons, request_hash, forget_on)
  SELECT id, tenant, source, external_id, type, type_title, category, content, priority,
         coalesce(expires_at, now() + interval '${defaultExpiry}'),
         collapse_key, thread_key, sequence, ambiguity, mutable, retention_days, traceparent, reasons, request_hash, current_date + retention_days
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
x AS (
  INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, installation_id, priority,
                        state, ready_at, expires_at, expiry_asked, tenant_id, collapse_slot, thread_slot, fallback, digest_key, digest_due, digest_next)
  SELECT id, b.base + n, notification_id, recipient, destination, lane, channel, installation_id, priority,
         CASE WHEN not_before > now() OR extras->>'digestKey' IS NOT NULL THEN 'waiting' ELSE 'ready' END, coalesce(not_before, now()),
         coalesce(expires_at, now() + interval '${defaultExpiry}'), expires_at IS NOT NULL, tenant,
         (extras->>'collapseSlot')::uuid, (extras->>'threadSlot')::uuid, extras->'fallback',
         extras->>'digestKey', (extras->>'digestDue')::timestamptz, (extras->>'digestNext')::timestamptz
    FROM (SELECT u.*
            FROM ${p.deliveries.as('u', 'n')}
            JOIN d USING (notification_id, recipient)
           ORDER BY n) AS accepted, b
  RETURNING delivery_id, seq),
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
       coalesce((SELECT array_agg(r.notification_id) FROM retraction r JOIN n USING (notification_id)), '{}') AS retracted,
       coalesce((SELECT array_agg(id) FROM unnest(${p.notifications.array('id')}) AS u(id) WHERE NOT ${p.takeKnown} AND id NOT IN (SELECT notification_id FROM n)), '{}') AS known,
       CASE WHEN EXISTS (SELECT FROM o) THEN pg_notify('${OUTBOX_CHANNEL}', '') END AS woken`,
});

export interface Ingested {
  /** Lanes that exist from now on; nobody owns them yet. */
  newLanes: string[];
  deliveries: number;
  /** The places of new deliveries in the order of arrival, by id, where they are few. */
  places: Record<string, string>;
  /** Notifications that had been taken back before they came. */
  retracted: string[];
  /** Notifications that were there before: nothing of them was taken. */
  known: string[];
}

/** Takes what belongs to notifications that nobody has stored before. */
export function storeNew(pool: Pool, plan: IngestPlan): Promise<Ingested> {
  if (plan.collapseSlots.size + plan.threadSlots.size === 0) return write(pool, plan, false);
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
}

async function write(database: Pool | ClientBase, plan: IngestPlan, known: boolean): Promise<Ingested> {
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
      takeKnown: known,
    }),
  );
  const { new_lanes: newLanes, places, ...rest } = ingested[0]!;
  return { newLanes, places: places ?? {}, deliveries: rest.deliveries, retracted: rest.retracted, known: rest.known };
}
