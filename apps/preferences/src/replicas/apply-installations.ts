// Keeps this service's own copy of the tenants' Slack installations: what deciding needs, nothing secret.
import { Inject, Injectable } from '@nestjs/common';
import type { installationChanged } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import { growVersionOf } from '../resolution/knowledge-version.ts';
import { isNewer, newestByKey } from './newest.ts';

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
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async handle(batch: Batch<typeof installationChanged>): Promise<void> {
    const rows = newestByKey(batch, (installation) => installation.version);
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
}
