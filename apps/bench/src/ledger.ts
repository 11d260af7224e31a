// What benchmarks look up in delivery's ledger, and put into it, from outside, where its API has no way.
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** @param statement `SELECT … AS n`, one row */
export async function numberOf(database: pg.Client, statement: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(statement);
  return rows[0]!.n;
}

/** Deliveries that are not terminal. */
export const liveDeliveries = (database: pg.Client): Promise<number> =>
  numberOf(database, 'SELECT count(*)::integer AS n FROM delivery_live');

/**
 * Ready deliveries as ingest would have written them, without the decisions: nothing that sends looks at those.
 * @param targets `SELECT … AS tenant, … AS lane, … AS channel, … AS installation, … AS destination`, a row for each
 */
export async function insertReady(database: pg.Client, targets: string): Promise<void> {
  await database.query(
    `WITH row AS MATERIALIZED (
       SELECT t.*, gen_random_uuid() AS notification_id, gen_random_uuid() AS delivery_id FROM (${targets}) AS t),
     notifications AS (
       INSERT INTO notification (notification_id, tenant_id, source, external_id, type, category, content, priority, expires_at, ambiguity, mutable, retention_days, forget_on)
       SELECT notification_id, tenant, '/bench', notification_id::text, 'report.ready', 'reports', '{"title":"Report"}', 1, now() + interval '7 days', 'resend', true, 90, current_date + 90 FROM row)
     INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, installation_id, priority, state, expires_at, expiry_asked, tenant_id)
     SELECT delivery_id, nextval('delivery_seq') * 1000000, notification_id, 'channel:' || channel, destination, lane, channel, installation, 1, 'ready', now() + interval '7 days', false, tenant
       FROM row`,
  );
}

/**
 * An installation that Slack no longer accepts, in delivery's replica alone, and a lane: what is ready there stays.
 * Resolves when delivery has had time to look.
 */
export async function holdLane(
  database: pg.Client,
  { installation, tenant, team, lane }: Record<'installation' | 'tenant' | 'team' | 'lane', string>,
): Promise<void> {
  const [id, of, at, held] = [installation, tenant, team, lane].map((text) => database.escapeLiteral(text));
  await database.query(
    `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version)
     VALUES (${id}, ${of}, ${at}, 'lost', '{}', 1) ON CONFLICT DO NOTHING`,
  );
  await database.query(`INSERT INTO lane (lane_id) VALUES (${held}) ON CONFLICT DO NOTHING`);
  await delay(6_000);
}

/** Autovacuum would do it a minute later, in the middle of what is measured. */
export async function analyse(database: pg.Client): Promise<void> {
  await database.query('VACUUM ANALYZE notification, delivery_live');
}
