// Forgets what is old: notifications with their attempts, deliveries and decisions, each as long as its type says; the gate
// for at least 30 days, longer than any topic could repeat it. Promises: what is not terminal is never touched; whole days
// of deliveries go as partitions; small steps, so that nothing waits for it; several processes may try, one does it.
import type { Pool } from 'pg';
import { inTransaction } from '@carillon/persistence';

/** How long a decision refuses a repeated one. */
const gateDays = 30;
/** Slots that nobody touched for this long hold no conversation that still goes on. */
const slotDays = 180;
const rowsAtOnce = 1_000;
const retentionLock = 7_214_011;

export async function retire(pool: Pool): Promise<void> {
  while (await forgetNotifications(pool)) await breathe();
  for (const statement of [
    `DELETE FROM decision WHERE ctid = ANY (ARRAY(
       SELECT d.ctid FROM decision d WHERE d.decided_at < now() - interval '${gateDays} days'
          AND NOT EXISTS (SELECT FROM notification n WHERE n.notification_id = d.notification_id) LIMIT ${rowsAtOnce}))`,
    `DELETE FROM retraction WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM retraction WHERE retracted_at < now() - interval '${gateDays} days' LIMIT ${rowsAtOnce}))`,
    `DELETE FROM file_upload WHERE ctid = ANY (ARRAY(
       SELECT f.ctid FROM file_upload f WHERE f.uploaded_at < now() - interval '1 day'
          AND NOT EXISTS (SELECT FROM delivery_live d WHERE d.delivery_id = f.delivery_id) LIMIT ${rowsAtOnce}))`,
    `DELETE FROM slot WHERE ctid = ANY (ARRAY(
       SELECT s.ctid FROM slot s WHERE s.touched_at < now() - interval '${slotDays} days'
          AND NOT EXISTS (SELECT FROM delivery_live d WHERE d.collapse_slot = s.slot_id OR d.thread_slot = s.slot_id) LIMIT ${rowsAtOnce}))`,
  ]) {
    while (((await pool.query(statement)).rowCount ?? 0) === rowsAtOnce) await breathe();
  }
  await dropEmptyDays(pool);
}

/** True while there may be more. A decision younger than the gate stays, without what it said about anybody. */
function forgetNotifications(pool: Pool): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows: [lock] } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [retentionLock]);
    if (!lock?.held) return false;
    const { rows } = await client.query<{ id: string }>(
      `SELECT n.notification_id AS id FROM notification n
        WHERE n.received_at < now() - n.retention_days * interval '1 day'
          AND n.received_at < now() - (SELECT min(retention_days) FROM (SELECT DISTINCT retention_days FROM notification) AS r) * interval '1 day'
          AND NOT EXISTS (SELECT FROM decision d JOIN delivery_live l ON l.notification_id = d.notification_id AND l.recipient = d.recipient
                           WHERE d.notification_id = n.notification_id)
          AND NOT EXISTS (SELECT FROM delivery_live l WHERE l.delivery_id = n.notification_id)
        ORDER BY n.received_at LIMIT ${rowsAtOnce}`,
    );
    const ids = rows.map((row) => row.id);
    if (ids.length === 0) return false;
    await client.query(
      `WITH gone AS (DELETE FROM delivery WHERE settled AND notification_id = ANY($1::uuid[]) RETURNING delivery_id),
            tries AS (DELETE FROM attempt a USING gone WHERE a.delivery_id = gone.delivery_id),
            digests AS (DELETE FROM digest WHERE digest_id = ANY($1::uuid[])),
            emptied AS (UPDATE decision SET answer = json_build_object('verdict', 'suppress', 'mode', json_build_object('kind', 'now'),
                                                                      'reasons', '[]'::json, 'kinds', '[]'::json)
                         WHERE notification_id = ANY($1::uuid[]))
       DELETE FROM notification WHERE notification_id = ANY($1::uuid[])`,
      [ids],
    );
    return ids.length === rowsAtOnce;
  });
}

/** Partitions of days long past that hold nothing any more. */
async function dropEmptyDays(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'delivery_settled'::regclass AND c.relname ~ '^delivery_settled_\\d{8}$'
        AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 1`,
  );
  for (const { name } of rows) {
    await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '1s'`);
      const { rowCount } = await client.query(`SELECT FROM ${name} LIMIT 1`);
      if (rowCount !== 0) return;
      await client.query(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
      if ((await client.query(`SELECT FROM ${name} LIMIT 1`)).rowCount === 0) await client.query(`DROP TABLE ${name}`);
    });
  }
}

const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
