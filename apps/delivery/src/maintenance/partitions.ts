// Partitions for the terminal deliveries of the coming days. Guarantees: it never waits for a reader of the table for
// longer than 200 ms, and it never fails its caller: what could not be created is tried again later, and the default
// partition takes the rows meanwhile. One transaction per day. Idempotent, and safe when several processes do it.
import type { Pool } from 'pg';
import { createLogger } from '@carillon/telemetry';

const log = createLogger('maintenance');

/** Resolves to whether every day has a partition, or as many rows in the default partition that it goes without. */
export async function createDailyPartitions(pool: Pool, days = 14): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ day: string }>(
      `SELECT day::date::text FROM generate_series(current_date, current_date + $1::integer, interval '1 day') AS day
        WHERE to_regclass('delivery_settled_' || to_char(day, 'YYYYMMDD')) IS NULL`,
      [days],
    );
    for (const { day } of rows) await createPartition(pool, day);
    return true;
  } catch (error) {
    // Whoever was waited for is in the way of the other days as well.
    log.warn({ err: error }, 'a daily partition could not be created; the default partition takes its rows meanwhile');
    return false;
  }
}

async function createPartition(pool: Pool, day: string): Promise<void> {
  const { rows } = await pool.query<{ result: string }>('SELECT create_daily_partition($1) AS result', [day]);
  if (rows[0]!.result === 'left')
    log.warn({ day }, 'the default partition holds too many deliveries of a day to move them; they stay there');
}

/** Drops the partitions of days long past that hold nothing any more, as long as none is in use. */
export async function dropEmptyPartitions(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(
    `SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::text AS day FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'delivery_settled'::regclass AND c.relname ~ '^delivery_settled_\\d{8}$'
        AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 1 ORDER BY 1`,
  );
  try {
    for (const { day } of rows) await pool.query('SELECT drop_daily_partition($1)', [day]);
  } catch (error) {
    log.info({ err: error }, 'an empty daily partition is in use; it is dropped later');
  }
}
