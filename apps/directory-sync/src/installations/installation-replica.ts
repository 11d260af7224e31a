// The replica of the installations. Promises: a sync is durably wanted in the transaction that stores a new or
// re-activated installation; what we know of the people of a deleted one is gone before the offset is committed; a
// record that may not be believed (`stateRecordFault`) goes to the dead letters.
import { installationChanged, type InstallationState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { inTransaction, type GoneKey } from '@carillon/persistence';
import { DATABASE, stateRecordFault, Tenants } from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { lockTenants } from '../links/relink.ts';
import { endSyncs, wantSyncs } from '../syncs/sync-table.ts';
import { SyncRunner } from '../syncs/sync-runner.ts';
import { eraseInstallation } from './erase-installation.ts';
import { planInstallation, type InstallationPlan, type KnownInstallation } from './plan-installation.ts';

interface Newest {
  installationId: string;
  data: InstallationState | null;
  /** Null: a tombstone that says none ends whatever was before it. */
  version: number | null;
}

@Injectable()
export class InstallationReplica implements Handles<typeof installationChanged> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly runner: SyncRunner,
    private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof installationChanged>): Promise<void> {
    const newest = new Map<string, Newest>();
    const tenantOf = await readTenants(
      this.pool,
      batch.records.flatMap(({ key }) => key ?? []),
    );
    const rules = { tenants: this.tenants, keysNameTenants: false, versionsOptional: true };
    for (const record of batch.records) {
      const fault = stateRecordFault(installationChanged, record, rules, tenantOf.get(record.key ?? ''));
      if (fault) {
        batch.reject(record, ...fault);
        continue;
      }
      const installationId = record.key!;
      if (record.data) tenantOf.set(installationId, record.data.tenantId);
      const next = { installationId, data: record.data, version: record.data?.version ?? record.version ?? null };
      const known = newest.get(installationId);
      if (next.version === null || next.version >= (known?.version ?? 0)) newest.set(installationId, next);
    }
    await this.apply([...newest.values()], () => batch.heartbeat());
  }

  /** Rows whose tombstone nobody saw: they go as if it had come with the row's own version. */
  async forget(gone: readonly GoneKey[]): Promise<void> {
    await this.apply(
      gone.map(({ key, version }) => ({ installationId: key, data: null, version })),
      () => Promise.resolve(),
    );
  }

  private async apply(newest: readonly Newest[], alive: () => Promise<void>): Promise<void> {
    if (newest.length === 0) return;
    await inTransaction(this.pool, (client) => this.store(client, newest));
    const marked = await this.pool.query<{ id: string }>(
      'SELECT installation_id AS id FROM installation WHERE installation_id = ANY($1) AND to_be_erased',
      [newest.map(({ installationId }) => installationId)],
    );
    for (const { id } of marked.rows) await eraseInstallation(this.pool, id, alive);
    this.runner.wake();
  }

  private async store(client: PoolClient, newest: readonly Newest[]): Promise<void> {
    const ids = newest.map((n) => n.installationId);
    const stored = await readKnown(client, ids);
    const tenants = newest.flatMap((n) => [n.data?.tenantId, stored.get(n.installationId)?.tenantId]);
    await lockTenants(
      client,
      tenants.filter((tenant) => tenant !== undefined),
    );
    const known = await readKnown(client, ids);

    const written: (InstallationState & InstallationPlan)[] = [];
    const deleted: Newest[] = [];
    for (const { installationId, data, version } of newest) {
      const before = known.get(installationId);
      if (data === null) {
        if (before && !before.deleted && (version ?? before.version) >= before.version)
          deleted.push({ installationId, data, version });
        continue;
      }
      const plan = planInstallation(before, data);
      if (plan) written.push({ ...data, ...plan });
    }
    await write(client, written);
    await markDeleted(client, deleted);
    for (const why of new Set(written.map((w) => w.endSyncs))) {
      if (why)
        await endSyncs(
          client,
          written.filter((w) => w.endSyncs === why).map((w) => w.installationId),
          why,
        );
    }
    await endSyncs(
      client,
      deleted.map((d) => d.installationId),
      'installation_deleted',
    );
    await wantSyncs(
      client,
      written.filter((w) => w.sync),
      'installed',
    );
  }
}

/** Whose each installation is; an id is never used again, so that of a deleted one counts too. */
async function readTenants(pool: Pool, ids: readonly string[]): Promise<Map<string, string>> {
  const found = await pool.query<{ id: string; tenantId: string }>(
    'SELECT installation_id AS id, tenant_id AS "tenantId" FROM installation WHERE installation_id = ANY($1)',
    [[...new Set(ids)]],
  );
  return new Map(found.rows.map(({ id, tenantId }) => [id, tenantId]));
}

async function readKnown(client: PoolClient, ids: readonly string[]): Promise<Map<string, KnownInstallation>> {
  const found = await client.query<Omit<KnownInstallation, 'version'> & { version: string }>(
    `SELECT installation_id AS "installationId", tenant_id AS "tenantId", state, team_id AS "teamId",
            enterprise_id AS "enterpriseId", scopes, version, deleted
       FROM installation WHERE installation_id = ANY($1)`,
    [ids],
  );
  return new Map(found.rows.map((row) => [row.installationId, { ...row, version: Number(row.version) }]));
}

async function write(client: PoolClient, written: readonly (InstallationState & InstallationPlan)[]): Promise<void> {
  if (written.length === 0) return;
  const rows = written.map((w) => ({
    installation_id: w.installationId,
    tenant_id: w.tenantId,
    name: w.name,
    state: w.state,
    team_id: w.teamId ?? null,
    enterprise_id: w.enterpriseId ?? null,
    is_enterprise_install: w.isEnterpriseInstall,
    scopes: w.scopes,
    version: w.version,
    to_be_erased: w.erase,
  }));
  await client.query(
    `INSERT INTO installation (installation_id, tenant_id, name, state, team_id, enterprise_id, is_enterprise_install, scopes, version, to_be_erased)
     SELECT installation_id, tenant_id, name, state, team_id, enterprise_id, is_enterprise_install, scopes, version, to_be_erased
       FROM jsonb_to_recordset($1::jsonb) AS r (installation_id text, tenant_id text, name text, state text, team_id text,
            enterprise_id text, is_enterprise_install boolean, scopes text[], version bigint, to_be_erased boolean)
     ON CONFLICT (installation_id) DO UPDATE
       SET tenant_id = excluded.tenant_id, name = excluded.name, state = excluded.state, team_id = excluded.team_id,
           enterprise_id = excluded.enterprise_id, is_enterprise_install = excluded.is_enterprise_install,
           scopes = excluded.scopes, version = excluded.version, deleted = false,
           to_be_erased = installation.to_be_erased OR excluded.to_be_erased,
           listed_at = CASE WHEN excluded.to_be_erased THEN NULL ELSE installation.listed_at END`,
    [JSON.stringify(rows)],
  );
}

async function markDeleted(client: PoolClient, deleted: readonly Newest[]): Promise<void> {
  if (deleted.length === 0) return;
  await client.query(
    `UPDATE installation SET deleted = true, to_be_erased = true, listed_at = NULL, state = 'deleted', name = '', scopes = '{}',
            version = greatest(installation.version, gone.version)
       FROM unnest($1::text[], $2::bigint[]) AS gone (id, version) WHERE installation_id = gone.id`,
    [deleted.map((d) => d.installationId), deleted.map((d) => d.version)],
  );
}
