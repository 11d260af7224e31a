// The durable list of syncs. Promises: at most one unfinished sync per installation; a sync whose process died, froze
// or was cut off is found and started over by whoever claims next; who lost it can't write for it any more (attempt).
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

export interface Sync {
  id: string;
  tenantId: string;
  installationId: string;
  attempt: number;
}

export interface SyncProgress {
  pages: number;
  usersSeen: number;
  channelsSeen: number;
  linksChanged: number;
}

export class SyncLostError extends Error {
  readonly code = 'sync_lost';
  readonly retry = 'never';
  override readonly name = 'SyncLostError';
}

type Queryable = Pick<Pool | PoolClient, 'query'>;

/** Installations that have an unfinished sync keep that one. */
export async function wantSyncs(
  db: Queryable,
  installations: readonly { installationId: string; tenantId: string }[],
  reason: string,
): Promise<void> {
  if (installations.length === 0) return;
  await db.query(
    `INSERT INTO sync (id, tenant_id, installation_id, reason)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS wanted, (SELECT $4::text) AS why
     ON CONFLICT (installation_id) WHERE state IN ('waiting', 'running') DO NOTHING`,
    [
      installations.map(() => randomUUID()),
      installations.map((i) => i.tenantId),
      installations.map((i) => i.installationId),
      reason,
    ],
  );
}

export async function endSyncs(db: Queryable, installationIds: readonly string[], error: string): Promise<void> {
  await db.query(
    `UPDATE sync SET state = 'failed', error = $2, finished_at = now(), lease_until = NULL
      WHERE installation_id = ANY($1) AND state IN ('waiting', 'running')`,
    [installationIds, error],
  );
}

/** Wants a sync of each active installation whose last one is older. */
export async function wantOverdueSyncs(pool: Pool, olderThanMs: number): Promise<void> {
  const overdue = await pool.query<{ installationId: string; tenantId: string }>(
    `SELECT installation_id AS "installationId", tenant_id AS "tenantId" FROM installation i
      WHERE state = 'active' AND NOT deleted AND NOT to_be_erased
        AND NOT EXISTS (SELECT FROM sync s WHERE s.installation_id = i.installation_id
                         AND (s.state IN ('waiting', 'running') OR s.created_at > now() - $1 * interval '1 ms'))
      LIMIT 1000`,
    [olderThanMs],
  );
  await wantSyncs(pool, overdue.rows, 'scheduled');
}

/** Finished syncs are shown for a while, then forgotten. */
export async function forgetOldSyncs(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM sync WHERE id IN (SELECT id FROM sync WHERE finished_at < now() - interval '30 days' AND state IN ('done', 'failed') LIMIT 1000)`,
  );
}

const lockOf = `hashtextextended('sync:' || $1, 0)`;

/**
 * Takes over a sync that is due, whose owner's connection is gone, or whose lease ran out. `session` belongs to the
 * sync from then on: it holds the lock that tells others at once when this process dies.
 */
export async function claimSync(session: PoolClient, leaseMs: number): Promise<Sync | undefined> {
  const candidates = await session.query<{ id: string; held: boolean }>(
    `SELECT s.id, s.state = 'running' AND s.lease_until > now() AS held
       FROM sync s JOIN installation i USING (installation_id)
      WHERE ((s.state = 'waiting' AND s.not_before <= now()) OR s.state = 'running') AND NOT i.to_be_erased AND i.state = 'active'
      ORDER BY s.created_at LIMIT 100`,
  );
  for (const { id, held } of candidates.rows) {
    const lock = await session.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${lockOf}) AS taken`, [id]);
    const taken = lock.rows[0]?.taken === true;
    if (held && !taken) continue;
    const claimed = await session.query<Sync>(
      `UPDATE sync SET state = 'running', attempt = attempt + 1, lease_until = now() + $2 * interval '1 ms',
              started_at = coalesce(started_at, now()), pages = 0, users_seen = 0, channels_seen = 0, links_changed = 0
        WHERE id = $1 AND ((state = 'waiting' AND not_before <= now()) OR (state = 'running' AND ($3 OR lease_until <= now())))
        RETURNING id, tenant_id AS "tenantId", installation_id AS "installationId", attempt`,
      [id, leaseMs, taken],
    );
    if (claimed.rows[0]) return claimed.rows[0];
    if (taken) await session.query(`SELECT pg_advisory_unlock(${lockOf})`, [id]);
  }
  return undefined;
}

/** Shows the progress and keeps the lease. Throws SyncLostError when the sync is somebody else's by now. */
export async function keepSync(pool: Pool, sync: Sync, progress: SyncProgress, leaseMs: number): Promise<void> {
  const kept = await pool.query(
    `UPDATE sync SET lease_until = now() + $3 * interval '1 ms', pages = $4, users_seen = $5, channels_seen = $6, links_changed = $7
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [sync.id, sync.attempt, leaseMs, progress.pages, progress.usersSeen, progress.channelsSeen, progress.linksChanged],
  );
  if (kept.rowCount === 0) throw new SyncLostError(`sync ${sync.id} is no longer ours`);
}

export type SyncEnd =
  | { state: 'done' }
  | { state: 'failed'; error: string }
  | { state: 'waiting'; afterMs: number; error?: string };

export async function endSync(pool: Pool, sync: Sync, progress: SyncProgress, end: SyncEnd): Promise<void> {
  await pool.query(
    `UPDATE sync SET state = $3, error = $4, not_before = now() + $5 * interval '1 ms', lease_until = NULL,
            finished_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE now() END,
            pages = $6, users_seen = $7, channels_seen = $8, links_changed = $9
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [
      sync.id,
      sync.attempt,
      end.state,
      'error' in end ? end.error : null,
      end.state === 'waiting' ? end.afterMs : 0,
      progress.pages,
      progress.usersSeen,
      progress.channelsSeen,
      progress.linksChanged,
    ],
  );
}

/** The unfinished sync of an installation, due now. */
export async function hurrySync(pool: Queryable, installationId: string): Promise<string | undefined> {
  const found = await pool.query<{ id: string }>(
    `UPDATE sync SET not_before = least(not_before, now()) WHERE installation_id = $1 AND state IN ('waiting', 'running') RETURNING id`,
    [installationId],
  );
  return found.rows[0]?.id;
}

export interface SyncView extends SyncProgress {
  id: string;
  installationId: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  reason: string;
  attempts: number;
  /** Why it failed, or what it waits for. */
  error: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export async function findSync(pool: Pool, tenantId: string, id: string): Promise<SyncView | undefined> {
  if (!z.uuid().safeParse(id).success) return undefined;
  const found = await pool.query<SyncView>(
    `SELECT id, installation_id AS "installationId", state, reason, attempt AS attempts, pages, users_seen AS "usersSeen",
            channels_seen AS "channelsSeen", links_changed AS "linksChanged", error, created_at AS "createdAt",
            started_at AS "startedAt", finished_at AS "finishedAt"
       FROM sync WHERE id = $2 AND tenant_id = $1`,
    [tenantId, id],
  );
  return found.rows[0];
}
