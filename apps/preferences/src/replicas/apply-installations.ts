// Keeps this service's own copy of the tenants' Slack installations: what deciding needs, nothing secret. Guarantees:
// an installation stays with the tenant that it was first seen with; what a record must be to count:
// `stateRecordFault`.
import { Inject, Injectable } from '@nestjs/common';
import { installationChanged, type InstallationState } from '@carillon/domain';
import type { Batch, Handles, Received } from '@carillon/messaging';
import type { GoneKey } from '@carillon/persistence';
import { DATABASE, Tenants } from '@carillon/runtime';
import type { Pool } from 'pg';
import { growVersionOf } from '../resolution/knowledge-version.ts';
import { isNewer, newestByKey, type Newest } from './newest.ts';

const applySql = `WITH applied AS (
  INSERT INTO installation AS i (key, tenant_id, installation_id, name, state, team_id, enterprise_id, installed_at, scopes, version, deleted)
  SELECT key, tenant_id, installation_id, name, state, team_id, enterprise_id, installed_at, string_to_array(scopes, ' '), version, deleted
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
    $9::text[], $10::bigint[], $11::bool[]) AS n(key, tenant_id, installation_id, name, state, team_id, enterprise_id, installed_at, scopes, version, deleted)
  ORDER BY key
  ON CONFLICT (key) DO UPDATE SET
    tenant_id = coalesce(excluded.tenant_id, i.tenant_id), installation_id = excluded.installation_id, name = excluded.name, state = excluded.state,
    team_id = excluded.team_id, enterprise_id = excluded.enterprise_id, installed_at = excluded.installed_at, scopes = excluded.scopes,
    version = excluded.version, deleted = excluded.deleted
  WHERE ${isNewer('i')}
  RETURNING tenant_id)
${growVersionOf('applied')}`;

@Injectable()
export class ApplyInstallations implements Handles<typeof installationChanged> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof installationChanged>): Promise<void> {
    const owners = await this.ownersOf(batch.records);
    await this.store(
      newestByKey(installationChanged, batch, { tenants: this.tenants, keysNameTenants: false }, owners),
    );
  }

  /** Rows whose tombstone nobody saw: they go as if it had come with the row's own version. */
  async forget(gone: readonly GoneKey[]): Promise<void> {
    await this.store(gone.map(({ key, version }) => ({ key, version, state: null })));
  }

  private async store(rows: readonly Newest<InstallationState>[]): Promise<void> {
    if (rows.length === 0) return;
    const columns: unknown[][] = Array.from({ length: 11 }, () => []);
    for (const { key, version, state: s } of rows) {
      const values = s
        ? [s.tenantId, s.installationId, s.name, s.state, s.teamId, s.enterpriseId, s.installedAt, s.scopes.join(' ')]
        : Array<null>(8).fill(null);
      [key, ...values, version, s === null].forEach((value, i) => columns[i]!.push(value ?? null));
    }
    await this.pool.query({ name: 'replicas-installations', text: applySql, values: columns });
  }

  /** The tenant of each installation that is known; deleted ones too. */
  private async ownersOf(records: readonly Received<typeof installationChanged>[]): Promise<Map<string, string>> {
    const keys = records.flatMap(({ key }) => (key === null ? [] : [key]));
    const { rows } = await this.pool.query<[string, string]>({
      name: 'replicas-owners',
      text: 'SELECT key, tenant_id FROM installation WHERE key = ANY($1::text[]) AND tenant_id IS NOT NULL',
      values: [keys],
      rowMode: 'array',
    });
    return new Map(rows);
  }
}
