// The processes of this service as the database sees them: a lease (a row with an expiry) and a lock that lives as long
// as the session, so that a killed process is noticed at once and a frozen or cut-off one when its lease ends.
import type { ClientBase, Pool } from 'pg';
import { defineStatement } from '@carillon/persistence';

/** First half of every process's advisory lock, so that locks of this kind can be told from others. */
const lockClass = 721_401;

/**
 * A session may be gone for this long (a restarted database, a broken connection) before its process counts as dead.
 */
const sessionGraceMs = 2_000;

export interface Pod {
  podId: string;
  /** Second half of the advisory lock. */
  lockKey: number;
}

/** How long to wait for the server to let go of a broken session's lock. */
const lockTriesMs = [0, 100, 200, 400, 800, 1_000];

const tryLock = defineStatement({
  parameters: { lockClass: 'integer', lockKey: 'integer' },
  text: (p) => `SELECT pg_try_advisory_lock(${p.lockClass}, ${p.lockKey}) AS held`,
});

/** False while another session, perhaps a broken one of ours, holds the lock. */
export async function lock(client: ClientBase, { lockKey }: Pod): Promise<boolean> {
  for (const waitMs of lockTriesMs) {
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const { rows } = await client.query<{ held: boolean }>(tryLock({ lockClass, lockKey }));
    if (rows[0]!.held) return true;
  }
  return false;
}

const insertPod = defineStatement({
  parameters: { podId: 'uuid', lockKey: 'bigint', leaseMs: 'float8' },
  text: (p) => `
INSERT INTO pod (pod_id, lock_key, lease_until)
VALUES (${p.podId}, ${p.lockKey}, clock_timestamp() + ${p.leaseMs} * interval '1 millisecond')`,
});

export async function enter(client: ClientBase, pod: Pod, leaseMs: number): Promise<void> {
  if (!(await lock(client, pod))) throw new Error('the lock of a new lease is taken');
  await client.query(insertPod({ ...pod, leaseMs }));
}

const renewLease = defineStatement({
  name: 'renew-lease',
  parameters: { podId: 'uuid', leaseMs: 'float8' },
  text: (p) => `
UPDATE pod SET lease_until = clock_timestamp() + ${p.leaseMs} * interval '1 millisecond'
 WHERE pod_id = ${p.podId} AND lease_until > clock_timestamp()`,
});

/** False when the lease had run out already or somebody declared the process dead: then it must enter anew. */
export async function renew(client: ClientBase, { podId }: Pod, leaseMs: number): Promise<boolean> {
  const { rowCount } = await client.query(renewLease({ podId, leaseMs }));
  return rowCount === 1;
}

export async function leave(pool: Pool, pod: Pod): Promise<void> {
  await pool.query('DELETE FROM pod WHERE pod_id = $1', [pod.podId]);
}

const watchPods = defineStatement({
  name: 'watch-pods',
  parameters: { lockClass: 'integer' },
  text: (p) => `
SELECT p.pod_id, p.lease_until > clock_timestamp() AS leased,
       EXISTS (SELECT FROM pg_locks l
                WHERE l.locktype = 'advisory' AND l.granted AND l.classid = ${p.lockClass}::bigint AND l.objid = p.lock_key AND l.objsubid = 2
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locked
  FROM pod p`,
});

const deletePods = defineStatement({
  parameters: { dead: 'uuid[]' },
  text: (p) => `
DELETE FROM pod WHERE pod_id IN (SELECT pod_id FROM pod WHERE pod_id = ANY(${p.dead}) FOR UPDATE SKIP LOCKED)
RETURNING pod_id`,
});

/** Notices dead processes. Remembers since when a session is missing, so that a short break is no death. */
export class PodWatch {
  private readonly missingSince = new Map<string, number>();

  /**
   * The living, this process included. Rows of dead processes are deleted, which ends their leases; one whose row is
   * locked at this moment counts as living until its lease runs out.
   */
  async living(client: ClientBase, now: number): Promise<string[]> {
    const { rows } = await client.query<{ pod_id: string; leased: boolean; locked: boolean }>(watchPods({ lockClass }));
    const dead: string[] = [];
    for (const row of rows) {
      if (row.locked) this.missingSince.delete(row.pod_id);
      else if (!this.missingSince.has(row.pod_id)) this.missingSince.set(row.pod_id, now);
      const missingMs = now - (this.missingSince.get(row.pod_id) ?? now);
      if (!row.leased || missingMs >= sessionGraceMs) dead.push(row.pod_id);
    }
    if (dead.length === 0) return rows.map((row) => row.pod_id);
    const { rows: deleted } = await client.query<{ pod_id: string }>(deletePods({ dead }));
    const gone = new Set(deleted.map((row) => row.pod_id));
    for (const podId of gone) this.missingSince.delete(podId);
    return rows
      .filter((row) => !gone.has(row.pod_id) && (row.leased || !dead.includes(row.pod_id)))
      .map((row) => row.pod_id);
  }
}
