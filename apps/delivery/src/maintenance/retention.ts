// Forgets what is old: notifications with their attempts, deliveries and decisions, each as long as its type says; the
// gate for at least 30 days, longer than any topic could repeat it. Guarantees: what is not terminal is never touched,
// and no delivery outlives its notification, since a replay and a retraction lock the notification's row as this does;
// the cost depends on what is forgotten, not on what is kept; a step forgets what at most 500 recipients were told, in
// one transaction; a row that is in use is left for the next run; several processes may try, one does it.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { deliveryIdOf } from '@carillon/domain/ids';
import { deliveryIdsOf, type StoredDecision } from '../model/stored-decision.ts';
import { dropEmptyPartitions } from './partitions.ts';

/** How long a decision refuses a repeated one. */
const gateDays = 30;
/** Slots that nobody touched for this long hold no conversation that still goes on. */
const slotDays = 180;
const rowsAtOnce = 500;
const notificationsAtOnce = 100;
const retentionLock = 7_214_011;

/** Each deletes at most 500 rows, found through an index that holds little else. */
const leftovers = [
  `DELETE FROM decision WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM decision WHERE answer IS NULL AND decided_at < now() - interval '${gateDays} days'
      LIMIT ${rowsAtOnce} FOR UPDATE SKIP LOCKED))`,
  `DELETE FROM id_reuse WHERE ctid = ANY (ARRAY(
     SELECT r.ctid FROM id_reuse r WHERE r.last_at < now() - interval '${gateDays} days'
        AND NOT EXISTS (SELECT FROM notification n WHERE n.notification_id = r.notification_id)
      LIMIT ${rowsAtOnce} FOR UPDATE OF r SKIP LOCKED))`,
  `DELETE FROM retraction WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM retraction WHERE retracted_at < now() - interval '${gateDays} days'
      LIMIT ${rowsAtOnce} FOR UPDATE SKIP LOCKED))`,
  `DELETE FROM slot WHERE ctid = ANY (ARRAY(
     SELECT s.ctid FROM slot s WHERE s.touched_at < now() - interval '${slotDays} days'
        AND NOT EXISTS (SELECT FROM delivery_live d WHERE d.collapse_slot = s.slot_id)
        AND NOT EXISTS (SELECT FROM delivery_live d WHERE d.thread_slot = s.slot_id)
      LIMIT ${rowsAtOnce} FOR UPDATE OF s SKIP LOCKED))`,
];

/** Yields after each step. */
export async function* retentionSteps(pool: Pool): AsyncGenerator<void> {
  let place: Place | undefined = { day: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
  while ((place = await forgetNotifications(pool, place))) yield;
  for (const statement of leftovers) while (((await pool.query(statement)).rowCount ?? 0) === rowsAtOnce) yield;
  await dropEmptyPartitions(pool);
}

/** Where to go on: after a notification, also past those that are not over yet. */
interface Place {
  day: string;
  id: string;
  /** The recipients of the next notification that were looked at, where they are many; undefined: all of them. */
  within?: { id: string; recipient: string | undefined };
}

const selectOld = defineStatement({
  parameters: { day: 'date', id: 'uuid' },
  text: (p) => `
WITH old AS (
  SELECT notification_id, forget_on FROM notification
   WHERE forget_on <= current_date AND (forget_on, notification_id) > (${p.day}, ${p.id})
   ORDER BY forget_on, notification_id LIMIT ${notificationsAtOnce} FOR UPDATE SKIP LOCKED)
SELECT notification_id AS id, forget_on::text AS day,
       (SELECT count(*)::integer FROM (SELECT FROM decision d WHERE d.notification_id = old.notification_id AND d.answer IS NOT NULL
                                        LIMIT ${rowsAtOnce} + 1) AS counted) AS decisions
  FROM old ORDER BY forget_on, notification_id`,
});

/** One step. Undefined: there is no more, or another process does it. */
function forgetNotifications(pool: Pool, place: Place): Promise<Place | undefined> {
  return inTransaction(pool, async (client) => {
    const {
      rows: [lock],
    } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [retentionLock]);
    if (!lock?.held) return undefined;
    const { rows: old } = await client.query<{ id: string; day: string; decisions: number }>(selectOld(place));
    const [first] = old;
    if (!first) return undefined;
    if (first.decisions > rowsAtOnce) {
      const within = place.within?.id === first.id ? place.within : { id: first.id, recipient: '' };
      if (within.recipient === undefined) return { day: first.day, id: first.id };
      return { ...place, within: { ...within, recipient: await forgetRecipients(client, first.id, within.recipient) } };
    }
    let decisions = 0;
    const step = old.filter((one) => (decisions += one.decisions) <= rowsAtOnce);
    await forget(
      client,
      step.map(({ id }) => id),
    );
    return step.length < old.length || old.length === notificationsAtOnce ? step.at(-1) : undefined;
  });
}

const selectLive = defineStatement({
  parameters: { deliveryIds: 'uuid[]' },
  text: (p) => `SELECT delivery_id AS id FROM delivery_live WHERE delivery_id = ANY(${p.deliveryIds})`,
});

const deleteDeliveries = defineStatement({
  parameters: { deliveryIds: 'uuid[]' },
  text: (p) => `
WITH gone AS (DELETE FROM delivery WHERE settled AND delivery_id = ANY(${p.deliveryIds})),
     files AS (DELETE FROM file_upload WHERE delivery_id = ANY(${p.deliveryIds}))
DELETE FROM attempt WHERE delivery_id = ANY(${p.deliveryIds})`,
});

const deleteNotifications = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `
WITH digests AS (DELETE FROM digest WHERE digest_id = ANY(${p.ids})),
     -- What is younger than the gate stays, without what it said about anybody.
     emptied AS (UPDATE decision SET answer = NULL WHERE notification_id = ANY(${p.ids}) AND answer IS NOT NULL
                    AND decided_at >= now() - interval '${gateDays} days'),
     forgotten AS (DELETE FROM decision WHERE notification_id = ANY(${p.ids}) AND answer IS NOT NULL
                      AND decided_at < now() - interval '${gateDays} days')
DELETE FROM notification WHERE notification_id = ANY(${p.ids})`,
});

async function forget(client: ClientBase, notificationIds: readonly string[]): Promise<void> {
  const deliveries = await deliveriesOf(client, notificationIds);
  const live = await liveOf(client, [...deliveries.keys()]);
  const open = new Set([...live].map((id) => deliveries.get(id)));
  const over = notificationIds.filter((id) => !open.has(id));
  const ended = [...deliveries].filter(([, notificationId]) => !open.has(notificationId)).map(([id]) => id);
  await client.query(deleteDeliveries({ deliveryIds: ended }));
  await client.query(deleteNotifications({ ids: over }));
}

async function liveOf(client: ClientBase, deliveryIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(selectLive({ deliveryIds }));
  return new Set(rows.map(({ id }) => id));
}

const selectRecipients = defineStatement({
  parameters: { id: 'uuid', from: 'text' },
  text: (p) => `
SELECT recipient, answer FROM decision WHERE notification_id = ${p.id} AND answer IS NOT NULL AND recipient > ${p.from}
 ORDER BY recipient LIMIT ${rowsAtOnce}`,
});

const forgetDecisions = defineStatement({
  parameters: { id: 'uuid', recipients: 'text[]' },
  text: (p) => `
WITH emptied AS (UPDATE decision SET answer = NULL WHERE notification_id = ${p.id} AND recipient = ANY(${p.recipients})
                    AND decided_at >= now() - interval '${gateDays} days')
DELETE FROM decision WHERE notification_id = ${p.id} AND recipient = ANY(${p.recipients})
   AND decided_at < now() - interval '${gateDays} days'`,
});

/**
 * Of a notification with many recipients those that come next, but for who has a live delivery; the notification goes
 * with the last of them. Answers where to go on; undefined: all were looked at.
 */
async function forgetRecipients(client: ClientBase, id: string, from: string): Promise<string | undefined> {
  const { rows } = await client.query<{ recipient: string; answer: StoredDecision }>(selectRecipients({ id, from }));
  const decided = rows.map(({ recipient, answer }) => ({ recipient, ids: deliveryIdsOf(id, recipient, answer) }));
  const live = await liveOf(
    client,
    decided.flatMap(({ ids }) => ids),
  );
  const over = decided.filter(({ ids }) => !ids.some((one) => live.has(one)));
  await client.query(deleteDeliveries({ deliveryIds: over.flatMap(({ ids }) => ids) }));
  await client.query(forgetDecisions({ id, recipients: over.map(({ recipient }) => recipient) }));
  return rows.length === rowsAtOnce ? rows.at(-1)!.recipient : undefined;
}

const selectDecided = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `
SELECT notification_id AS id, recipient, answer FROM decision WHERE notification_id = ANY(${p.ids}) AND answer IS NOT NULL`,
});

const selectDigests = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `SELECT delivery_id AS id, recipient FROM delivery WHERE delivery_id = ANY(${p.ids})`,
});

/**
 * Every delivery that the notifications may have, with its notification: by their decisions, and of digests by their
 * own.
 */
async function deliveriesOf(client: ClientBase, ids: readonly string[]): Promise<Map<string, string>> {
  const decided = await client.query<{ id: string; recipient: string; answer: StoredDecision }>(selectDecided({ ids }));
  const digests = await client.query<{ id: string; recipient: string }>(selectDigests({ ids }));
  return new Map([
    ...decided.rows.flatMap(({ id, recipient, answer }) =>
      deliveryIdsOf(id, recipient, answer).map((delivery) => [delivery, id] as const),
    ),
    ...digests.rows.flatMap(({ id, recipient }) => [
      [id, id] as const,
      [deliveryIdOf(id, recipient, 'email'), id] as const,
    ]),
  ]);
}
