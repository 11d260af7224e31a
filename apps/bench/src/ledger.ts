// What benchmarks look up in delivery's ledger, from outside, where its API has no count.
import type pg from 'pg';

/** Deliveries that are not terminal. */
export async function liveDeliveries(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ n: number }>('SELECT count(*)::integer AS n FROM delivery_live');
  return rows[0]!.n;
}
