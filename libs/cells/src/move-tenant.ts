// Moves a tenant from one cell to another (docs/adr/0044). Guarantees: at every step one cell sends for the tenant, so
// its lanes keep one pace and its channels keep their order; nothing is lost and nothing is sent twice, also when the
// move is interrupted anywhere: it is started again and goes on. Other tenants of both cells are not delayed. It needs
// the databases of both cells; it does not change tenants.yaml.
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import { createPool, defineStatement, inTransaction, takesTooLong } from '@carillon/persistence';
import { checkDatabase } from './cell-database.ts';
import { copyTenant } from './copy-rows.ts';
import { forgetTenant } from './forget-tenant.ts';
import { MoveError } from './move-error.ts';
import { lockMoves, readMoves, type Move } from './moves.ts';
import { takeQueued } from './take-queued.ts';

export interface CellDatabase {
  cell: string;
  url: string;
}

/** What a move is doing, for whoever watches it. */
export type MoveStep =
  | { step: 'held' }
  | { step: 'switched' }
  | { step: 'ingested' }
  | { step: 'taking'; taken: number; inFlight: number }
  | { step: 'copied'; rows: Record<string, number> }
  | { step: 'released' }
  | { step: 'moved'; pausedMs: number };

export interface MoveOptions {
  tenantId: string;
  from: CellDatabase;
  to: CellDatabase;
  /** Resolves when every process of preferences publishes the tenant's decisions to the new cell. */
  switched: (signal: AbortSignal) => Promise<void>;
  /** Resolves when the old cell has read everything that its topic of decisions holds at the time of the call. */
  ingested: (signal: AbortSignal) => Promise<void>;
  onStep?: (step: MoveStep) => void;
  signal: AbortSignal;
}

const pollMs = 200;
/** While it waits for the lock, whoever ingests waits behind it. */
const lockPauseMs = 1_000;

export async function moveTenant({ tenantId, from, to, onStep = () => undefined, signal, ...awaited }: MoveOptions) {
  const settings = { max: 3, applicationName: 'cells move', statementTimeoutMs: 0 };
  const [old, next] = [createPool(from.url, settings), createPool(to.url, settings)];
  try {
    await checkDatabases(old, next, { tenantId, from, to });
    await begin(next, tenantId, 'in', from.cell);
    onStep({ step: 'held' });
    await awaited.switched(signal);
    onStep({ step: 'switched' });
    await awaited.ingested(signal);
    onStep({ step: 'ingested' });
    const pausedAt = performance.now();
    await begin(old, tenantId, 'out', to.cell);
    await takeAll(old, tenantId, onStep, signal);
    await continueAfter(old, next);
    onStep({ step: 'copied', rows: await copyTenant(old, next, tenantId) });
    await next.query('UPDATE tenant_move SET released_at = coalesce(released_at, now()) WHERE tenant_id = $1', [
      tenantId,
    ]);
    const pausedMs = performance.now() - pausedAt;
    onStep({ step: 'released' });
    await change(old, (client) =>
      client.query('UPDATE tenant_move SET ended_at = coalesce(ended_at, now()) WHERE tenant_id = $1', [tenantId]),
    );
    await forgetTenant(old, tenantId, signal);
    await untilTaken(next, tenantId, signal);
    onStep({ step: 'moved', pausedMs });
  } finally {
    await Promise.all([old.end(), next.end()]);
  }
}

/** @throws MoveError where this is no move that can begin or go on */
async function checkDatabases(
  old: Pool,
  next: Pool,
  { tenantId, from, to }: Pick<MoveOptions, 'tenantId' | 'from' | 'to'>,
) {
  if (from.cell === to.cell) throw new MoveError(`${tenantId} is in cell ${to.cell} already`);
  await Promise.all([checkDatabase(old, from.cell), checkDatabase(next, to.cell)]);
  const [leaving, arriving] = await Promise.all(
    [old, next].map(async (pool) => (await readMoves(pool, [tenantId])).get(tenantId)),
  );
  const done = (move?: Move): boolean => move?.direction === 'out' && move.ended && move.cell === to.cell;
  if (done(leaving) && arriving?.ended) throw new MoveError(`${tenantId} was moved to cell ${to.cell} already`);
  for (const [move, wanted, other, here] of [
    [leaving, 'out', to.cell, from.cell],
    [arriving, 'in', from.cell, to.cell],
  ] as const) {
    const another = move && !move.ended && (move.direction !== wanted || move.cell !== other);
    if (another)
      throw new MoveError(
        `another move of ${tenantId} is not finished: cell ${here} knows of one ${move.direction === 'in' ? 'from' : 'to'} cell ${move.cell}`,
      );
  }
  const [one, other] = await Promise.all([old, next].map(schemaOf));
  if (one !== other)
    throw new MoveError(
      `the databases of the cells ${from.cell} and ${to.cell} are of different releases: upgrade both`,
    );
}

/** The newest migration. */
async function schemaOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM migrations ORDER BY "timestamp" DESC LIMIT 1');
  return rows[0]?.name ?? '';
}

const insertMove = defineStatement({
  parameters: { tenantId: 'text', direction: 'text', cell: 'text' },
  text: (p) => `
INSERT INTO tenant_move (tenant_id, direction, cell) VALUES (${p.tenantId}, ${p.direction}, ${p.cell})
ON CONFLICT (tenant_id) DO UPDATE
   SET direction = excluded.direction, cell = excluded.cell, began_at = now(), released_at = NULL, ended_at = NULL
 WHERE (tenant_move.direction, tenant_move.cell) <> (excluded.direction, excluded.cell)`,
});

/** Where the move began before, nothing changes. */
const begin = (pool: Pool, tenantId: string, direction: Move['direction'], cell: string): Promise<void> =>
  change(pool, (client) => client.query(insertMove({ tenantId, direction, cell })));

/** Begins or ends a move, when no batch is being ingested. */
async function change(pool: Pool, work: (client: ClientBase) => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      return await inTransaction(pool, async (client) => {
        await lockMoves(client);
        await work(client);
      });
    } catch (error) {
      if (!takesTooLong(error)) throw error;
      await delay(lockPauseMs);
    }
  }
}

async function takeAll(
  old: Pool,
  tenantId: string,
  onStep: (step: MoveStep) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let told = -1; ; ) {
    const { taken, inFlight } = await takeQueued(old, tenantId);
    if (taken > 0 || inFlight !== told) onStep({ step: 'taking', taken, inFlight });
    told = inFlight;
    if (inFlight === 0 && taken === 0) return;
    await delay(inFlight === 0 ? 0 : pollMs, undefined, { signal });
  }
}

/** What arrives from now on comes after everything that was copied. */
async function continueAfter(old: Pool, next: Pool): Promise<void> {
  const { rows } = await old.query<{ last: string }>('SELECT last_value AS last FROM delivery_seq');
  await next.query(`SELECT setval('delivery_seq', greatest((SELECT last_value FROM delivery_seq), $1::bigint))`, [
    rows[0]!.last,
  ]);
}

/** The new cell has taken what it held. */
async function untilTaken(next: Pool, tenantId: string, signal: AbortSignal): Promise<void> {
  while (!(await readMoves(next, [tenantId])).get(tenantId)?.ended) await delay(pollMs, undefined, { signal });
}
