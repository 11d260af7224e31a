// To which cell a delivery database belongs: the first process that starts with it says so, once and for all.
// Guarantees: a process of another cell does not start with it, and a tenant does not move to or from a database that
// belongs to another cell than its operator believes.
import type { Pool } from 'pg';
import { defineStatement } from '@carillon/persistence';
import { MoveError } from './move-error.ts';

const insertCell = defineStatement({
  parameters: { cell: 'text' },
  text: (p) => `INSERT INTO cell (id) VALUES (${p.cell}) ON CONFLICT DO NOTHING`,
});

/** @throws Error where the database belongs to another cell */
export async function claimDatabase(pool: Pool, cell: string): Promise<void> {
  await pool.query(insertCell({ cell }));
  const owner = await cellOfDatabase(pool);
  if (owner !== cell)
    throw new Error(`DATABASE_URL is the database of cell ${owner}; this process is of cell ${cell} (CELL)`);
}

/** @throws MoveError where the database belongs to another cell, or to none yet */
export async function checkDatabase(pool: Pool, cell: string): Promise<void> {
  const owner = await cellOfDatabase(pool);
  if (owner === undefined)
    throw new MoveError(`the database that is named for cell ${cell} was never used: start delivery there first`);
  if (owner !== cell) throw new MoveError(`the database that is named for cell ${cell} is that of cell ${owner}`);
}

async function cellOfDatabase(pool: Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM cell');
  return rows[0]?.id;
}
