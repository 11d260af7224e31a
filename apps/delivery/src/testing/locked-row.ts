// A row that another session has locked, as an operator's open transaction does.
import type { Pool } from 'pg';

/** Runs `work` while the rows of `select` are locked; `select` is a SELECT without a locking clause. */
export async function whileLocked<T>(pool: Pool, select: string, work: () => Promise<T>): Promise<T> {
  const session = await pool.connect();
  try {
    await session.query('BEGIN');
    const { rowCount } = await session.query(`${select} FOR UPDATE`);
    if (!rowCount) throw new Error(`there is nothing to lock: ${select}`);
    return await work();
  } finally {
    await session.query('ROLLBACK');
    session.release();
  }
}
