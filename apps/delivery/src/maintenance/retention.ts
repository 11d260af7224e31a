// Forgets what is old: notifications with their attempts, deliveries and decisions, each as long as its type says; the
// gate for at least 30 days, longer than any topic could repeat it. Promises: what is not terminal is never touched;
// the cost depends on what is forgotten, not on what is kept; small steps, so that nothing waits for it; several
// processes may try, one does it.
import type { ClientBase, Pool } from 'pg';
import { inTransaction } from '@carillon/persistence';
import { deliveryIdOf } from '@carillon/domain/ids';
import { deliveryIdsOf, type StoredDecision } from '../model/stored-decision.ts';

/** How long a decision refuses a repeated one. */
const gateDays = 30;
/** Slots that nobody touched for this long hold no conversation that still goes on. */
const slotDays = 180;
const rowsAtOnce = 1_000;
const retentionLock = 7_214_011;

/** Each deletes at most 1,000 rows, found through an index that holds little else. */
const leftovers = [
  `DELETE FROM decision WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM decision WHERE answer IS NULL AND decided_at < now() - interval '${gateDays} days' LIMIT ${rowsAtOnce}))`,
  `DELETE FROM id_reuse WHERE ctid = ANY (ARRAY(
     SELECT r.ctid FROM id_reuse r WHERE r.last_at < now() - interval '${gateDays} days'
        AND NOT EXISTS (SELECT FROM notification n WHERE n.notification_id = r.notification_id) LIMIT ${rowsAtOnce}))`,
  `DELETE FROM retraction WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM retraction WHERE retracted_at < now() - interval '${gateDays} days' LIMIT ${rowsAtOnce}))`,
  `DELETE FROM slot WHERE ctid = ANY (ARRAY(
     SELECT s.ctid FROM slot s WHERE s.touched_at < now() - interval '${slotDays} days'
        AND NOT EXISTS (SELECT FROM delivery_live d WHERE d.collapse_slot = s.slot_id)
        AND NOT EXISTS (SELECT FROM delivery_live d WHERE d.thread_slot = s.slot_id) LIMIT ${rowsAtOnce}))`,
];

export async function applyRetention(pool: Pool): Promise<void> {
  for (let from: string | undefined = ''; from !== undefined; await pauseBetweenSteps())
    from = await forgetNotifications(pool, from);
  for (const statement of leftovers)
    while (((await pool.query(statement)).rowCount ?? 0) === rowsAtOnce) await pauseBetweenSteps();
  await dropEmptyDays(pool);
}

interface Old {
  id: string;
  /** `day id`: where to go on, also past those that are not over yet. */
  place: string;
}

/** One step, after the given place. Undefined: there is no more. */
function forgetNotifications(pool: Pool, from: string): Promise<string | undefined> {
  return inTransaction(pool, async (client) => {
    const {
      rows: [lock],
    } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [retentionLock]);
    if (!lock?.held) return undefined;
    const [day = '-infinity', id = '00000000-0000-0000-0000-000000000000'] = from === '' ? [] : from.split(' ');
    const { rows: old } = await client.query<Old>(
      `SELECT notification_id AS id, forget_on || ' ' || notification_id AS place FROM notification
        WHERE forget_on <= current_date AND (forget_on, notification_id) > ($1::date, $2::uuid)
        ORDER BY forget_on, notification_id LIMIT ${rowsAtOnce}`,
      [day, id],
    );
    await forget(
      client,
      old.map((row) => row.id),
    );
    return old.length === rowsAtOnce ? old.at(-1)!.place : undefined;
  });
}

async function forget(client: ClientBase, notificationIds: readonly string[]): Promise<void> {
  if (notificationIds.length === 0) return;
  const deliveries = await deliveriesOf(client, notificationIds);
  const live = await client.query<{ id: string }>(
    'SELECT delivery_id AS id FROM delivery_live WHERE delivery_id = ANY($1::uuid[])',
    [[...deliveries.keys()]],
  );
  const open = new Set(live.rows.map((row) => deliveries.get(row.id)));
  const over = notificationIds.filter((id) => !open.has(id));
  const ended = [...deliveries].filter(([, notificationId]) => !open.has(notificationId)).map(([id]) => id);
  await client.query(
    `WITH gone AS (DELETE FROM delivery WHERE settled AND delivery_id = ANY($2::uuid[])),
          files AS (DELETE FROM file_upload WHERE delivery_id = ANY($2::uuid[])),
          tries AS (DELETE FROM attempt WHERE delivery_id = ANY($2::uuid[])),
          digests AS (DELETE FROM digest WHERE digest_id = ANY($1::uuid[])),
          -- What is younger than the gate stays, without what it said about anybody.
          emptied AS (UPDATE decision SET answer = NULL WHERE notification_id = ANY($1::uuid[]) AND decided_at >= now() - interval '${gateDays} days'),
          forgotten AS (DELETE FROM decision WHERE notification_id = ANY($1::uuid[]) AND decided_at < now() - interval '${gateDays} days')
     DELETE FROM notification WHERE notification_id = ANY($1::uuid[])`,
    [over, ended],
  );
}

/**
 * Every delivery that the notifications may have, with its notification: by their decisions, and of digests by their
 * own.
 */
async function deliveriesOf(client: ClientBase, notificationIds: readonly string[]): Promise<Map<string, string>> {
  const decided = await client.query<{ id: string; recipient: string; answer: StoredDecision }>(
    'SELECT notification_id AS id, recipient, answer FROM decision WHERE notification_id = ANY($1::uuid[]) AND answer IS NOT NULL',
    [notificationIds],
  );
  const digests = await client.query<{ id: string; recipient: string }>(
    'SELECT delivery_id AS id, recipient FROM delivery WHERE delivery_id = ANY($1::uuid[])',
    [notificationIds],
  );
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

/** Partitions of days long past that hold nothing any more, one transaction each. */
async function dropEmptyDays(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(
    `SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::text AS day FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'delivery_settled'::regclass AND c.relname ~ '^delivery_settled_\\d{8}$'
        AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 1`,
  );
  for (const { day } of rows) await pool.query('SELECT drop_empty_daily_partition($1)', [day]);
}

const pauseBetweenSteps = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
