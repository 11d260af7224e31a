// The replica of the installations. Promises: a sync is durably wanted in the transaction that stores a new or
// re-activated installation; what we know of the people of a deleted one is gone before the offset is committed; a
// record that may not be believed (`stateRecordFault`) goes to the dead letters.
import { installationChanged, type InstallationState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { defineStatement, inTransaction, rows } from '@carillon/persistence';
import { DATABASE, stateReplica, Tenants, type Change, type StateReplica } from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { lockTenants } from '../links/relink.ts';
import { endSyncs, wantSyncs } from '../syncs/sync-table.ts';
import { SyncRunner } from '../syncs/sync-runner.ts';
import { eraseInstallation } from './erase-installation.ts';
import { planInstallation, type InstallationPlan, type KnownInstallation } from './plan-installation.ts';

type InstallationChange = Change<InstallationState>;

@Injectable()
export class InstallationReplica implements Handles<typeof installationChanged> {
  readonly replica: StateReplica<typeof installationChanged>;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly runner: SyncRunner,
    tenants: Tenants,
  ) {
    this.replica = stateReplica(pool, tenants, {
      topic: installationChanged,
      table: 'installation',
      key: 'installation_id',
      keysNameTenants: false,
      versionsOptional: true,
      tenantColumn: 'tenant_id',
      store: (changes, alive) => this.apply(changes, alive),
    });
  }

  handle(batch: Batch<typeof installationChanged>): Promise<void> {
    return this.replica.handle(batch);
  }

  private async apply(changes: readonly InstallationChange[], alive: () => Promise<void>): Promise<void> {
    await inTransaction(this.pool, (client) => this.store(client, changes));
    const marked = await this.pool.query<{ id: string }>(
      'SELECT installation_id AS id FROM installation WHERE installation_id = ANY($1) AND to_be_erased',
      [changes.map(({ key }) => key)],
    );
    for (const { id } of marked.rows) await eraseInstallation(this.pool, id, alive);
    this.runner.wake();
  }

  private async store(client: PoolClient, changes: readonly InstallationChange[]): Promise<void> {
    const ids = changes.map(({ key }) => key);
    const stored = await readKnown(client, ids);
    const tenants = changes.flatMap(({ key, state }) => [state?.tenantId, stored.get(key)?.tenantId]);
    await lockTenants(
      client,
      tenants.filter((tenant) => tenant !== undefined),
    );
    const known = await readKnown(client, ids);

    const written: (InstallationState & InstallationPlan)[] = [];
    const deleted: InstallationChange[] = [];
    for (const change of changes) {
      const { key, state, version } = change;
      const before = known.get(key);
      if (state === null) {
        if (before && !before.deleted && (version ?? before.version) >= before.version) deleted.push(change);
        continue;
      }
      const plan = planInstallation(before, state);
      if (plan) written.push({ ...state, ...plan });
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
      deleted.map(({ key }) => key),
      'installation_deleted',
    );
    await wantSyncs(
      client,
      written.filter((w) => w.sync),
      'installed',
    );
  }
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
  const list = written.map((w) => ({
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
    [JSON.stringify(list)],
  );
}

const markAll = defineStatement({
  parameters: { gone: rows({ key: 'text', version: 'bigint?' }) },
  text: (p) => `
UPDATE installation
   SET deleted = true, to_be_erased = true, listed_at = NULL, state = 'deleted', name = '', scopes = '{}',
       version = greatest(installation.version, gone.version)
  FROM ${p.gone.as('gone')} WHERE installation_id = gone.key`,
});

async function markDeleted(client: PoolClient, gone: readonly InstallationChange[]): Promise<void> {
  if (gone.length > 0) await client.query(markAll({ gone }));
}
