// The database connection of a running sync. Guarantees: its advisory lock ends with the connection, so the sync of a
// killed process is free at once; a transaction of `asOwner` commits only while this process owns the sync.
import { defineStatement } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';
import { lockTenants } from '../links/relink.ts';
import { claimSync, SyncLostError, type Sync } from './sync-table.ts';

const selectOwned = defineStatement({
  parameters: { id: 'uuid', attempt: 'integer' },
  text: (p) => `SELECT FROM sync WHERE id = ${p.id} AND attempt = ${p.attempt} AND state = 'running' FOR SHARE`,
});

export class SyncSession {
  private constructor(
    readonly client: PoolClient,
    readonly sync: Sync,
    /** Aborted when the connection breaks, which releases the lock. */
    readonly broken: AbortSignal,
  ) {}

  static async claim(pool: Pool, leaseMs: number): Promise<SyncSession | undefined> {
    const client = await pool.connect();
    const broken = new AbortController();
    client.on('error', (error) => broken.abort(error));
    try {
      const sync = await claimSync(client, leaseMs);
      if (sync) return new SyncSession(client, sync, broken.signal);
    } catch (error) {
      client.release(true);
      throw error;
    }
    client.removeAllListeners('error');
    client.release(broken.signal.aborted);
    return undefined;
  }

  async asOwner<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const { sync } = this;
    return this.inTransaction(async (client) => {
      await lockTenants(client, [sync.tenantId]);
      const owned = await client.query(selectOwned({ id: sync.id, attempt: sync.attempt }));
      if (owned.rowCount === 0) throw new SyncLostError(`sync ${sync.id} belongs to another process`);
      return work(client);
    });
  }

  /** Neither waits for others of the tenant nor checks who owns the sync. */
  async inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const { client } = this;
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  close(): void {
    this.client.release(true);
  }
}
