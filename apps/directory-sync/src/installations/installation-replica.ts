// The replica of the installations. Guarantees: a sync is durably requested in the transaction that stores a new or
// re-activated installation; the people of a deleted installation are erased before the offset is committed; a record
// that `stateRecordFault` refuses goes to the dead letters.
import { installationChanged, type InstallationState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { DATABASE, newerRows, stateReplica, Tenants, type Change, type StateReplica } from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { lockTenants } from '../links/relink.ts';
import { endSyncs, requestSyncs } from '../syncs/sync-table.ts';
import { SyncRunner } from '../syncs/sync-runner.ts';
import { eraseInstallation } from './erase-installation.ts';
import { planInstallation, type KnownInstallation } from './plan-installation.ts';

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
      tenantColumn: 'tenant_id',
      store: (changes, alive) => this.apply(changes, alive),
    });
  }

  handle(batch: Batch<typeof installationChanged>): Promise<void> {
    return this.replica.handle(batch);
  }

  private async apply(changes: readonly InstallationChange[], alive: () => Promise<void>): Promise<void> {
    await inTransaction(this.pool, (client) => store(client, changes));
    const marked = await this.pool.query<{ id: string }>(readMarked({ ids: changes.map(({ key }) => key) }));
    for (const { id } of marked.rows) await eraseInstallation(this.pool, id, alive);
    this.runner.wake();
  }
}

async function store(client: PoolClient, changes: readonly InstallationChange[]): Promise<void> {
  const ids = changes.map(({ key }) => key);
  const stored = await readKnown(client, ids);
  const tenants = changes.flatMap(({ key, state }) => [state?.tenantId, stored.get(key)?.tenantId]);
  await lockTenants(
    client,
    tenants.filter((tenant) => tenant !== undefined),
  );
  const known = await readKnown(client, ids);
  const written = await writeInstallations<{ id: string }>(client, changes);
  const writtenIds = new Set(written.map(({ id }) => id));
  const plans = changes
    .filter(({ key }) => writtenIds.has(key))
    .map(({ key, state }) => ({ key, state, plan: planInstallation(known.get(key), state) }));

  const erased = plans.filter(({ plan }) => plan.erase).map(({ key }) => key);
  if (erased.length > 0) await client.query(markToBeErased({ erased }));
  const reasons = Map.groupBy(plans, ({ plan }) => plan.endSyncs);
  for (const [reason, ended] of reasons) {
    if (reason !== undefined)
      await endSyncs(
        client,
        ended.map(({ key }) => key),
        reason,
      );
  }
  const synced = plans.flatMap(({ state, plan }) => (state && plan.sync ? [state] : []));
  await requestSyncs(client, synced, 'installed', true);
}

const readInstallations = defineStatement({
  parameters: { ids: 'text[]' },
  text: (p) => `
SELECT installation_id AS "installationId", tenant_id AS "tenantId", state, team_id AS "teamId",
       enterprise_id AS "enterpriseId", scopes, team_ids AS "teamIds", deleted
  FROM installation WHERE installation_id = ANY(${p.ids})`,
});

async function readKnown(client: PoolClient, ids: readonly string[]): Promise<Map<string, KnownInstallation>> {
  const found = await client.query<KnownInstallation & { installationId: string }>(readInstallations({ ids }));
  return new Map(found.rows.map((row) => [row.installationId, row]));
}

const writeInstallations = newerRows({
  table: 'installation',
  key: 'installation_id',
  columns: {
    tenantId: 'text',
    name: 'text',
    state: 'text',
    teamId: 'text?',
    enterpriseId: 'text?',
    isEnterpriseInstall: 'boolean',
    scopes: 'text',
    teamIds: 'text',
    connectedBy: 'text?',
    connectedBySlackUser: 'text?',
  },
  row: (state: InstallationState | null) => ({
    // The tenant of an installation whose first record is its deletion is not known.
    tenantId: state?.tenantId ?? '',
    name: state?.name ?? '',
    state: state?.state ?? 'deleted',
    teamId: state?.teamId,
    enterpriseId: state?.enterpriseId,
    isEnterpriseInstall: state?.isEnterpriseInstall ?? false,
    scopes: state?.scopes.join(' ') ?? '',
    teamIds: state?.teamIds?.join(' ') ?? '',
    connectedBy: state?.connectedBy,
    connectedBySlackUser: state?.connectedBySlackUser,
  }),
  expressions: {
    scopes: "string_to_array(scopes, ' ')",
    team_ids: "string_to_array(team_ids, ' ')",
  },
  kept: ['tenant_id'],
  then: 'SELECT installation_id AS id FROM written',
});

const markToBeErased = defineStatement({
  parameters: { erased: 'text[]' },
  text: (p) => `
UPDATE installation SET to_be_erased = true, listed_at = NULL WHERE installation_id = ANY(${p.erased})`,
});

const readMarked = defineStatement({
  parameters: { ids: 'text[]' },
  text: (p) => `SELECT installation_id AS id FROM installation WHERE installation_id = ANY(${p.ids}) AND to_be_erased`,
});
