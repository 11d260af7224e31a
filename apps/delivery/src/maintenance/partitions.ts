// Partitions for terminal deliveries of the coming days. Idempotent, and safe when several processes do it at once.
import type { Pool } from 'pg';

export async function createDailyPartitions(pool: Pool, days = 14): Promise<void> {
  await pool.query('SELECT create_daily_partitions($1)', [days]);
}
