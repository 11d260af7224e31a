// The windows of bursts in the database, which all processes share. Guarantees: what is counted twice, by one process
// or by two at once, is counted once and has one position; a window that somebody keeps locked makes nobody wait for
// longer than half a second: what it would count is sent as if it had no throttle, because too many messages are better
// than none. The counts of a batch are not synced to disk: a crash of the database may lose the last second, and with
// it a place or two of a window.
import { Inject, Injectable } from '@nestjs/common';
import { defineStatement, inTransaction, rows, takesTooLong } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import { burstsNotCounted } from '../metrics.ts';
import type { Pool, PoolClient } from 'pg';
import { count, type BurstClaim, type BurstPosition, type BurstWindow } from './burst-window.ts';

/** Locked in one transaction at most. */
const claimsAtOnce = 1_000;
const longestWaitMs = 500;
const longestStatementMs = 3_000;

const windowKey = { tenantId: 'text', type: 'text', recipient: 'text' } as const;
const countedKey = { countedId: 'uuid', recipient: 'text' } as const;
const times = { startedAt: 'timestamptz', endsAt: 'timestamptz' } as const;

/** Committed on its own, so that nobody waits for an insertion of another transaction. */
const createWindows = defineStatement({
  name: 'bursts-create',
  parameters: { windows: rows(windowKey) },
  text: (p) => `
INSERT INTO burst_window (tenant_id, type, recipient, started_at, ends_at, counted)
SELECT tenant_id, type, recipient, '-infinity', '-infinity', 0 FROM ${p.windows.as('u')}
 WHERE NOT EXISTS (SELECT FROM burst_window w WHERE (w.tenant_id, w.type, w.recipient) = (u.tenant_id, u.type, u.recipient))
 ORDER BY tenant_id, type, recipient ON CONFLICT DO NOTHING`,
});

/** An instant as epoch ms; null: before all others. */
const ms = (column: string): string =>
  `CASE WHEN isfinite(${column}) THEN (extract(epoch FROM ${column}) * 1000)::float8 END`;
const windowsSql = (windows: string): string => `
SELECT w.tenant_id AS "tenantId", w.type, w.recipient, ${ms('w.started_at')} AS "startedAt", ${ms('w.ends_at')} AS "endsAt", w.counted
  FROM ${windows} JOIN burst_window w USING (tenant_id, type, recipient)`;

const readWindows = defineStatement({
  name: 'bursts-windows',
  parameters: { windows: rows(windowKey) },
  text: (p) => windowsSql(p.windows.as('u')),
});
/** In order, so that two processes with the same windows wait for each other instead of dead-locking. */
const lockWindows = defineStatement({
  name: 'bursts-lock',
  parameters: { windows: rows(windowKey) },
  text: (p) => `${windowsSql(p.windows.as('u'))} ORDER BY w.tenant_id, w.type, w.recipient FOR UPDATE OF w`,
});
const lockFreeWindows = defineStatement({
  name: 'bursts-lock-free',
  parameters: { windows: rows(windowKey) },
  text: (p) => `${windowsSql(p.windows.as('u'))} ORDER BY w.tenant_id, w.type, w.recipient FOR UPDATE OF w SKIP LOCKED`,
});

const readPositions = defineStatement({
  name: 'bursts-positions',
  parameters: { counted: rows(countedKey) },
  text: (p) => `
SELECT p.counted_id AS "countedId", p.recipient, ${ms('p.started_at')} AS "startedAt", ${ms('p.ends_at')} AS "endsAt", p.position
  FROM ${p.counted.as('u')} JOIN burst_position p USING (counted_id, recipient)`,
});

/** The windows are there and locked. An UPDATE that joins them may read the whole table; a conflict is found by key. */
const store = defineStatement({
  name: 'bursts-store',
  parameters: {
    windows: rows({ ...windowKey, ...times, counted: 'integer' }),
    positions: rows({ ...countedKey, ...times, position: 'integer' }),
  },
  text: (p) => `
WITH w AS (
  INSERT INTO burst_window (tenant_id, type, recipient, started_at, ends_at, counted)
  SELECT tenant_id, type, recipient, started_at, ends_at, counted FROM ${p.windows.as('u')}
  ON CONFLICT (tenant_id, type, recipient) DO UPDATE
     SET started_at = EXCLUDED.started_at, ends_at = EXCLUDED.ends_at, counted = EXCLUDED.counted)
INSERT INTO burst_position (counted_id, recipient, started_at, ends_at, position)
SELECT counted_id, recipient, started_at, ends_at, position FROM ${p.positions.as('u')}
ON CONFLICT (counted_id, recipient) DO UPDATE
   SET started_at = EXCLUDED.started_at, ends_at = EXCLUDED.ends_at, position = EXCLUDED.position`,
});

type WindowRow = Pick<BurstClaim, 'tenantId' | 'type' | 'recipient'> & {
  startedAt: number | null;
  endsAt: number | null;
  counted: number;
};
type PositionRow = Pick<BurstClaim, 'countedId' | 'recipient'> & BurstPosition;
type Statement = typeof lockWindows;

@Injectable()
export class BurstWindows {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /**
   * Counts the claims and answers with their positions, in order; undefined: it could not be counted.
   * @param at epoch ms
   */
  async take(claims: readonly BurstClaim[], at: number): Promise<(BurstPosition | undefined)[]> {
    const positions: (BurstPosition | undefined)[] = [];
    for (let start = 0; start < claims.length; start += claimsAtOnce)
      positions.push(...(await this.takeSome(claims.slice(start, start + claimsAtOnce), at)));
    return positions;
  }

  /** The positions that the claims would get; nothing is counted. */
  async look(claims: readonly BurstClaim[], at: number): Promise<(BurstPosition | undefined)[]> {
    const counting = new Counting((await this.pool.query<WindowRow>(readWindows({ windows: claims }))).rows);
    counting.know((await this.pool.query<PositionRow>(readPositions({ counted: claims }))).rows);
    return claims.map((claim) => counting.count(claim, at));
  }

  private async takeSome(claims: readonly BurstClaim[], at: number): Promise<(BurstPosition | undefined)[]> {
    const windows = [...new Map(claims.map((claim) => [windowOf(claim), claim])).values()];
    await this.pool.query(createWindows({ windows }));
    try {
      return await this.within(claims, windows, lockWindows, at);
    } catch (error) {
      if (!takesTooLong(error)) throw error;
    }
    try {
      return await this.within(claims, windows, lockFreeWindows, at);
    } catch (error) {
      if (!takesTooLong(error)) throw error;
      burstsNotCounted.inc(claims.length);
      return claims.map(() => undefined);
    }
  }

  private within(
    claims: readonly BurstClaim[],
    windows: readonly BurstClaim[],
    lock: Statement,
    at: number,
  ): Promise<(BurstPosition | undefined)[]> {
    return inTransaction(this.pool, async (client) => {
      await client.query(
        `SET LOCAL lock_timeout = ${longestWaitMs}; SET LOCAL statement_timeout = ${longestStatementMs}; SET LOCAL synchronous_commit = off`,
      );
      const counting = new Counting((await client.query<WindowRow>(lock({ windows }))).rows);
      const locked = claims.filter((claim) => counting.has(claim));
      if (locked.length < claims.length) burstsNotCounted.inc(claims.length - locked.length);
      // A second statement: its snapshot holds what others counted before the windows were locked.
      counting.know((await client.query<PositionRow>(readPositions({ counted: locked }))).rows);
      const positions = claims.map((claim) => (counting.has(claim) ? counting.count(claim, at) : undefined));
      await storeChanges(client, counting);
      return positions;
    });
  }
}

async function storeChanges(client: PoolClient, { changedWindows, changedPositions }: Counting): Promise<void> {
  if (changedPositions.size === 0) return;
  await client.query(
    store({
      windows: [...changedWindows.values()].map(stored),
      positions: [...changedPositions.values()].map(stored),
    }),
  );
}

const stored = <T extends { startedAt: number; endsAt: number }>(
  one: T,
): Omit<T, 'startedAt' | 'endsAt'> & { startedAt: Date; endsAt: Date } => ({
  ...one,
  startedAt: new Date(one.startedAt),
  endsAt: new Date(one.endsAt),
});

const windowOf = ({ tenantId, type, recipient }: Pick<BurstClaim, 'tenantId' | 'type' | 'recipient'>): string =>
  `${tenantId}\n${type}\n${recipient}`;
const countedOf = ({ countedId, recipient }: Pick<BurstClaim, 'countedId' | 'recipient'>): string =>
  `${countedId}\n${recipient}`;

/** Windows and positions as they are, and as claims change them. */
class Counting {
  readonly changedWindows = new Map<string, WindowRow & BurstWindow>();
  readonly changedPositions = new Map<string, PositionRow>();
  private readonly windows: Map<string, BurstWindow | undefined>;
  private readonly positions = new Map<string, BurstPosition>();

  constructor(windows: readonly WindowRow[]) {
    this.windows = new Map(
      windows.map(({ startedAt, endsAt, counted, ...key }) => [
        windowOf(key),
        startedAt === null || endsAt === null ? undefined : { startedAt, endsAt, counted },
      ]),
    );
  }

  has(claim: BurstClaim): boolean {
    return this.windows.has(windowOf(claim));
  }

  know(positions: readonly PositionRow[]): void {
    for (const { startedAt, endsAt, position, ...key } of positions)
      this.positions.set(countedOf(key), { startedAt, endsAt, position });
  }

  count(claim: BurstClaim, at: number): BurstPosition {
    const [ofWindow, ofCounted] = [windowOf(claim), countedOf(claim)];
    const counted = count(this.windows.get(ofWindow), this.positions.get(ofCounted), claim, at);
    if ('window' in counted) {
      const { tenantId, type, recipient, countedId } = claim;
      this.windows.set(ofWindow, counted.window);
      this.positions.set(ofCounted, counted.position);
      this.changedWindows.set(ofWindow, { tenantId, type, recipient, ...counted.window });
      this.changedPositions.set(ofCounted, { countedId, recipient, ...counted.position });
    }
    return counted.position;
  }
}
