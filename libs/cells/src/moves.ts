// The moves that a cell's delivery database knows of, one row for each tenant that came or went. Guarantees: whoever
// works under `movesDuring` sees no move begin or end meanwhile; a tenant has one move at a time.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, inTransaction } from '@carillon/persistence';

/** Seen from the cell whose database holds the row. */
export interface Move {
  tenantId: string;
  /**
   * `in`: this cell takes the tenant over. `out`: this cell gives it away, or has given it away where `ended`: then
   * whatever still comes for it goes on to the other cell.
   */
  direction: 'in' | 'out';
  /** The other cell. */
  cell: string;
  /** Of `in`: everything was copied, so what was held is taken now. */
  released: boolean;
  ended: boolean;
}

/** Any number, the same in every release. */
const movesLock = 7_214_044;

const selectMoves = defineStatement({
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT tenant_id AS "tenantId", direction, cell, released_at IS NOT NULL AS released, ended_at IS NOT NULL AS ended
  FROM tenant_move WHERE tenant_id = ANY(${p.tenantIds})`,
});

/** By tenant. */
export async function readMoves(
  database: Pool | ClientBase,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, Move>> {
  const { rows } = await database.query<Move>(selectMoves({ tenantIds: [...new Set(tenantIds)] }));
  return new Map(rows.map((move) => [move.tenantId, move]));
}

/** Works with the moves of these tenants. Whoever begins or ends a move waits until `work` has returned. */
export function movesDuring<T>(
  pool: Pool,
  tenantIds: readonly string[],
  work: (moves: ReadonlyMap<string, Move>, client: ClientBase) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock_shared($1)', [movesLock]);
    return work(await readMoves(client, tenantIds), client);
  });
}

/**
 * Within a transaction that begins or ends a move. It gives up soon where somebody works: those who come later would
 * wait behind it.
 * @throws the error of a lock that was not free (SQLSTATE 55P03)
 */
export async function lockMoves(client: ClientBase): Promise<void> {
  await client.query("SET LOCAL lock_timeout = '200ms'");
  await client.query('SELECT pg_advisory_xact_lock($1)', [movesLock]);
}
