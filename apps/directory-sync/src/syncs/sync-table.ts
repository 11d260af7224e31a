// The table of syncs. Guarantees: an installation has at most one unfinished sync; where what it lists changed while it
// ran, another one follows; a sync whose process ended, froze or lost its connection is claimed by another process,
// which goes on with it; the former owner cannot write for it any more, because the attempt's number has changed.
import { randomUUID } from 'node:crypto';
import { defineStatement, rows } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

export interface SyncProgress {
  pages: number;
  usersSeen: number;
  channelsSeen: number;
  linksChanged: number;
}

export interface Sync {
  id: string;
  tenantId: string;
  installationId: string;
  attempt: number;
  /** Of the attempts before. */
  progress: SyncProgress;
}

export class SyncLostError extends Error {
  readonly code = 'sync_lost';
  readonly retry = 'never';
  override readonly name = 'SyncLostError';
}

type Queryable = Pick<Pool | PoolClient, 'query'>;

/**
 * An installation with an unfinished sync gets no second one.
 *
 * @param changed what is listed is another one from now on, so a sync that runs already is not enough
 */
export async function requestSyncs(
  db: Queryable,
  installations: readonly { installationId: string; tenantId: string }[],
  reason: string,
  changed = false,
): Promise<void> {
  if (installations.length === 0) return;
  const wanted = installations.map(({ tenantId, installationId }) => ({ id: randomUUID(), tenantId, installationId }));
  await db.query(insertSyncs({ wanted, reason, changed }));
}

const insertSyncs = defineStatement({
  parameters: {
    wanted: rows({ id: 'uuid', tenantId: 'text', installationId: 'text' }),
    reason: 'text',
    changed: 'boolean',
  },
  text: (p) => `
INSERT INTO sync (${p.wanted.columns}, reason)
SELECT ${p.wanted.columns}, ${p.reason} FROM ${p.wanted.as('wanted')}
ON CONFLICT (installation_id) WHERE state IN ('waiting', 'running')
DO UPDATE SET again = sync.attempt > 0, not_before = least(sync.not_before, now()) WHERE ${p.changed}`,
});

export async function endSyncs(db: Queryable, installationIds: readonly string[], error: string): Promise<void> {
  await db.query(failSyncs({ installationIds, error }));
}

const failSyncs = defineStatement({
  parameters: { installationIds: 'text[]', error: 'text' },
  text: (p) => `
UPDATE sync SET state = 'failed', error = ${p.error}, finished_at = now(), lease_until = NULL
 WHERE installation_id = ANY(${p.installationIds}) AND state IN ('waiting', 'running')`,
});

/** Requests a sync of each active installation whose last one is older. */
export async function requestOverdueSyncs(pool: Pool, olderThanMs: number): Promise<void> {
  const overdue = await pool.query<{ installationId: string; tenantId: string }>(selectOverdue({ olderThanMs }));
  await requestSyncs(pool, overdue.rows, 'scheduled');
}

const selectOverdue = defineStatement({
  parameters: { olderThanMs: 'float8' },
  text: (p) => `
SELECT installation_id AS "installationId", tenant_id AS "tenantId" FROM installation i
 WHERE state = 'active' AND NOT deleted AND NOT to_be_erased
   AND NOT EXISTS (SELECT FROM sync s WHERE s.installation_id = i.installation_id
                    AND (s.state IN ('waiting', 'running')
                         -- Each at a time of its own, up to a tenth later: those that were installed together drift apart.
                         OR s.created_at > now() - ${p.olderThanMs} * interval '1 ms'
                            * (1 + (hashtextextended(s.id::text, 0) & 1023) / 10240.0)))
 LIMIT 1000`,
});

/** Deletes syncs that finished more than 30 days ago. */
export async function forgetOldSyncs(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM sync WHERE id IN (SELECT id FROM sync WHERE finished_at < now() - interval '30 days' AND state IN ('done', 'failed') LIMIT 1000)`,
  );
}

const tryLock = defineStatement({
  parameters: { id: 'text' },
  text: (p) => `SELECT pg_try_advisory_lock(hashtextextended('sync:' || ${p.id}, 0)) AS taken`,
});
const unlock = defineStatement({
  parameters: { id: 'text' },
  text: (p) => `SELECT pg_advisory_unlock(hashtextextended('sync:' || ${p.id}, 0))`,
});
/** `locked`: this process got the lock, so no other process runs the sync. */
const startSync = defineStatement({
  parameters: { id: 'uuid', leaseMs: 'float8', locked: 'boolean' },
  text: (p) => `
UPDATE sync SET state = 'running', attempt = attempt + 1, lease_until = now() + ${p.leaseMs} * interval '1 ms',
       started_at = coalesce(started_at, now())
 WHERE id = ${p.id} AND ((state = 'waiting' AND not_before <= now())
                         OR (state = 'running' AND (${p.locked} OR lease_until <= now())))
RETURNING id, tenant_id AS "tenantId", installation_id AS "installationId", attempt,
          jsonb_build_object('pages', pages, 'usersSeen', users_seen, 'channelsSeen', channels_seen,
                             'linksChanged', links_changed) AS progress`,
});

/** Syncs that run at a time, over all processes: a tenant with many or large workspaces leaves slots to others. */
const mostOfTenant = 2;

/**
 * Claims a sync that is due, whose owner's connection is closed, or whose lease has expired. `session` must then stay
 * open for the sync: it holds an advisory lock, which ends with the process.
 */
export async function claimSync(session: PoolClient, leaseMs: number): Promise<Sync | undefined> {
  const candidates = await session.query<{ id: string; held: boolean }>(
    `SELECT id, held FROM (
       SELECT s.id, s.state, s.created_at, i.listed_at, s.state = 'running' AND s.lease_until > now() AS held,
              count(*) FILTER (WHERE s.state = 'running' AND s.lease_until > now()) OVER (PARTITION BY s.tenant_id) AS running
         FROM sync s JOIN installation i USING (installation_id)
        WHERE ((s.state = 'waiting' AND s.not_before <= now()) OR s.state = 'running')
          AND NOT i.to_be_erased AND i.state = 'active') AS due
      WHERE state = 'running' OR running < ${mostOfTenant}
      ORDER BY running, listed_at IS NOT NULL, created_at LIMIT 100`,
  );
  for (const { id, held } of candidates.rows) {
    const lock = await session.query<{ taken: boolean }>(tryLock({ id }));
    const locked = lock.rows[0]?.taken === true;
    if (held && !locked) continue;
    const claimed = await session.query<Sync>(startSync({ id, leaseMs, locked }));
    if (claimed.rows[0]) return claimed.rows[0];
    if (locked) await session.query(unlock({ id }));
  }
  return undefined;
}

const progressTypes = {
  pages: 'integer',
  usersSeen: 'integer',
  channelsSeen: 'integer',
  linksChanged: 'integer',
} as const;

const showProgress = defineStatement({
  parameters: { id: 'uuid', attempt: 'integer', leaseMs: 'float8', ...progressTypes },
  text: (p) => `
UPDATE sync SET lease_until = now() + ${p.leaseMs} * interval '1 ms', pages = ${p.pages}, users_seen = ${p.usersSeen},
       channels_seen = ${p.channelsSeen}, links_changed = ${p.linksChanged}
 WHERE id = ${p.id} AND attempt = ${p.attempt} AND state = 'running'`,
});

/** Stores the progress and renews the lease. Throws SyncLostError where another process owns the sync. */
export async function keepSync(db: Queryable, sync: Sync, progress: SyncProgress, leaseMs: number): Promise<void> {
  const { id, attempt } = sync;
  const kept = await db.query(showProgress({ id, attempt, leaseMs, ...progress }));
  if (kept.rowCount === 0) throw new SyncLostError(`sync ${id} belongs to another process`);
}

export type SyncEnd =
  | { state: 'done' }
  | { state: 'failed'; error: string }
  | { state: 'waiting'; afterMs: number; error?: string };

const storeEnd = defineStatement({
  parameters: { id: 'uuid', attempt: 'integer', state: 'text', error: 'text?', afterMs: 'float8', ...progressTypes },
  text: (p) => `
WITH owned AS (
SELECT id, again FROM sync WHERE id = ${p.id} AND attempt = ${p.attempt} AND state = 'running' FOR UPDATE),
ended AS (
UPDATE sync SET state = ${p.state}, error = ${p.error}, lease_until = NULL, again = false,
       -- What refused it may have been the change itself: it is tried at once, but only once.
       not_before = now() + CASE WHEN owned.again THEN 0 ELSE ${p.afterMs} END * interval '1 ms',
       finished_at = CASE WHEN ${p.state} = 'waiting' THEN NULL ELSE now() END,
       pages = ${p.pages}, users_seen = ${p.usersSeen}, channels_seen = ${p.channelsSeen}, links_changed = ${p.linksChanged}
  FROM owned WHERE sync.id = owned.id
RETURNING sync.id, tenant_id, installation_id, reason, state, owned.again AS again),
-- It starts from the beginning, so that the whole list is what holds since the change.
restarted AS (
DELETE FROM sync_position p USING ended WHERE p.sync_id = ended.id AND ended.again AND ended.state = 'waiting')
INSERT INTO sync (id, tenant_id, installation_id, reason)
SELECT gen_random_uuid(), tenant_id, installation_id, reason FROM ended WHERE again AND state <> 'waiting'`,
});

export async function endSync(pool: Pool, sync: Sync, progress: SyncProgress, end: SyncEnd): Promise<void> {
  const { id, attempt } = sync;
  const error = 'error' in end ? end.error : null;
  const afterMs = end.state === 'waiting' ? end.afterMs : 0;
  await pool.query(storeEnd({ id, attempt, state: end.state, error, afterMs, ...progress }));
}

/** Makes the unfinished sync of an installation due now, and returns its id. */
export async function makeSyncDue(pool: Queryable, installationId: string): Promise<string | undefined> {
  const found = await pool.query<{ id: string }>(makeDue({ installationId }));
  return found.rows[0]?.id;
}

const makeDue = defineStatement({
  parameters: { installationId: 'text' },
  text: (p) => `
UPDATE sync SET not_before = least(not_before, now())
 WHERE installation_id = ${p.installationId} AND state IN ('waiting', 'running') RETURNING id`,
});

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
  /** Since its start, until now or its end; with the pauses between attempts. */
  elapsedSeconds: number;
  /** As long as the rest takes at the pace so far, where the last complete sync tells how much there is. */
  estimatedSecondsLeft: number | null;
}

export async function findSync(pool: Pool, tenantId: string, id: string): Promise<SyncView | undefined> {
  if (!z.uuid().safeParse(id).success) return undefined;
  const found = await pool.query<SyncView>(selectSync({ id, tenantId }));
  return found.rows[0];
}

const selectSync = defineStatement({
  parameters: { id: 'uuid', tenantId: 'text' },
  text: (p) => `
SELECT s.id, s.installation_id AS "installationId", s.state, s.reason, s.attempt AS attempts, s.pages,
       s.users_seen AS "usersSeen", s.channels_seen AS "channelsSeen", s.links_changed AS "linksChanged", s.error,
       s.created_at AS "createdAt", s.started_at AS "startedAt", s.finished_at AS "finishedAt",
       e.seconds AS "elapsedSeconds",
       CASE WHEN s.state = 'running' AND seen > 0 AND last.rows IS NOT NULL THEN greatest(0, ceil(e.seconds * (last.rows - seen) / seen))::int END
         AS "estimatedSecondsLeft"
  FROM sync s
 CROSS JOIN LATERAL (SELECT coalesce(round(extract(epoch FROM coalesce(s.finished_at, now()) - s.started_at)), 0)::int AS seconds,
                            s.users_seen + s.channels_seen AS seen) AS e
  LEFT JOIN LATERAL (SELECT users_seen + channels_seen AS rows FROM sync l
                      WHERE l.installation_id = s.installation_id AND l.state = 'done' AND l.id <> s.id
                      ORDER BY l.created_at DESC LIMIT 1) AS last ON true
 WHERE s.id = ${p.id} AND s.tenant_id = ${p.tenantId}`,
});
