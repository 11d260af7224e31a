// The processes of this service as the database sees them: a lease (a row with an expiry) and a lock that lives as long
// as the session, so that a killed process is noticed at once and a frozen or cut-off one when its lease ends.
import type { ClientBase, Pool } from 'pg';

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

/** False while another session, perhaps a broken one of ours, holds the lock. */
export async function lock(client: ClientBase, pod: Pod): Promise<boolean> {
  for (const waitMs of lockTriesMs) {
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', [
      lockClass,
      pod.lockKey,
    ]);
    if (rows[0]!.held) return true;
  }
  return false;
}

export async function enter(client: ClientBase, pod: Pod, leaseMs: number): Promise<void> {
  if (!(await lock(client, pod))) throw new Error('the lock of a new lease is taken');
  await client.query(
    `INSERT INTO pod (pod_id, lock_key, lease_until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')`,
    [pod.podId, pod.lockKey, leaseMs],
  );
}

/** False when the lease had run out already or somebody declared the process dead: then it must enter anew. */
export async function renew(client: ClientBase, pod: Pod, leaseMs: number): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'renew-lease',
    text: `UPDATE pod SET lease_until = clock_timestamp() + $2 * interval '1 millisecond'
            WHERE pod_id = $1 AND lease_until > clock_timestamp()`,
    values: [pod.podId, leaseMs],
  });
  return rowCount === 1;
}

export async function leave(pool: Pool, pod: Pod): Promise<void> {
  await pool.query('DELETE FROM pod WHERE pod_id = $1', [pod.podId]);
}

/** Notices dead processes. Remembers since when a session is missing, so that a short break is no death. */
export class PodWatch {
  private readonly missingSince = new Map<string, number>();

  /** The living, this process included. Rows of dead processes are deleted, which ends their leases. */
  async living(client: ClientBase, now: number): Promise<string[]> {
    const { rows } = await client.query<{ pod_id: string; leased: boolean; locked: boolean }>({
      name: 'watch-pods',
      text: `SELECT p.pod_id, p.lease_until > clock_timestamp() AS leased,
                    EXISTS (SELECT FROM pg_locks l
                             WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = p.lock_key AND l.objsubid = 2
                               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locked
               FROM pod p`,
      values: [lockClass],
    });
    const dead: string[] = [];
    for (const row of rows) {
      if (row.locked) this.missingSince.delete(row.pod_id);
      else if (!this.missingSince.has(row.pod_id)) this.missingSince.set(row.pod_id, now);
      const missingMs = now - (this.missingSince.get(row.pod_id) ?? now);
      if (!row.leased || missingMs >= sessionGraceMs) dead.push(row.pod_id);
    }
    if (dead.length > 0) {
      await client.query('DELETE FROM pod WHERE pod_id = ANY($1::uuid[])', [dead]);
      for (const podId of dead) this.missingSince.delete(podId);
    }
    return rows.map((row) => row.pod_id).filter((podId) => !dead.includes(podId));
  }
}
