// Takes states of installations off Kafka into the replica. Guarantees: a record counts only under the key of its own
// value, for a declared tenant, for the tenant that the installation was first seen with, and with a version that is
// not far ahead of the record's time; every other record is a dead letter and changes nothing. Of the same version the
// deletion wins.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { installationChanged } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, stateRecordFault, Tenants } from '@carillon/runtime';
import { Installations } from './installations.ts';

type InstallationRecord = Batch<typeof installationChanged>['records'][number];

interface Change {
  id: string;
  version: number;
  data: InstallationRecord['data'];
}

const statement = `
INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version, deleted)
SELECT id, tenant_id, team_id, state, string_to_array(scopes, ' '), version, deleted
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::boolean[])
    AS u(id, tenant_id, team_id, state, scopes, version, deleted)
 ORDER BY id
ON CONFLICT (installation_id) DO UPDATE
   SET tenant_id = CASE WHEN installation.tenant_id = '' THEN excluded.tenant_id ELSE installation.tenant_id END,
       team_id = excluded.team_id, state = excluded.state, scopes = excluded.scopes, version = excluded.version,
       deleted = excluded.deleted
 WHERE (installation.version < excluded.version OR installation.version = excluded.version AND excluded.deleted)
   AND (excluded.deleted OR installation.tenant_id IN ('', excluded.tenant_id))`;

@Injectable()
export class ReplicateInstallations implements Handles<typeof installationChanged> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Installations) private readonly installations: Installations,
    @Inject(Tenants) private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof installationChanged>): Promise<void> {
    const owners = await this.ownersOf(batch.records);
    // The newest of each installation: one statement cannot change a row twice.
    const newest = new Map<string, Change>();
    const rules = { tenants: this.tenants, keysNameTenants: false };
    for (const record of batch.records) {
      const { key, data } = record;
      const fault = stateRecordFault(installationChanged, record, rules, owners.get(key ?? ''));
      if (fault) {
        batch.reject(record, ...fault);
        continue;
      }
      const change = { id: key!, version: data?.version ?? record.version!, data };
      if (data) owners.set(change.id, data.tenantId);
      const before = newest.get(change.id);
      if (!before || change.version > before.version || (change.version === before.version && change.data === null))
        newest.set(change.id, change);
    }
    if (newest.size === 0) return;
    const rows = [...newest.values()];
    await this.pool.query(statement, [
      rows.map((row) => row.id),
      // Of one that was never seen alive nobody knows whose it was.
      rows.map((row) => row.data?.tenantId ?? ''),
      rows.map((row) => row.data?.teamId ?? null),
      rows.map((row) => row.data?.state ?? 'disconnected'),
      rows.map((row) => row.data?.scopes.join(' ') ?? ''),
      rows.map((row) => row.version),
      rows.map((row) => row.data === null),
    ]);
    await this.installations.refresh();
  }

  /** Deleted ones included: an id is never given to another tenant. */
  private async ownersOf(records: readonly InstallationRecord[]): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ id: string; tenant: string }>(
      `SELECT installation_id AS id, tenant_id AS tenant FROM installation WHERE installation_id = ANY($1::text[]) AND tenant_id <> ''`,
      [records.flatMap(({ key }) => key ?? [])],
    );
    return new Map(rows.map(({ id, tenant }) => [id, tenant]));
  }
}
