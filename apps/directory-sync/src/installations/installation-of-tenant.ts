// Reads the installation that a request names. Guarantees: an installation of another tenant gets 404.
import { isStorable, storableText } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import { notFound } from '@carillon/runtime';
import type { Pool } from 'pg';

export interface InstallationOfTenant {
  installationId: string;
  tenantId: string;
  name: string;
  state: string;
  teamId: string | null;
  enterpriseId: string | null;
  listed: boolean;
}

const selectInstallation = defineStatement({
  parameters: { installationId: 'text', tenantId: 'text' },
  text: (p) => `
SELECT installation_id AS "installationId", tenant_id AS "tenantId", name, state, team_id AS "teamId",
       enterprise_id AS "enterpriseId", listed_at IS NOT NULL AS listed
  FROM installation WHERE installation_id = ${p.installationId} AND tenant_id = ${p.tenantId} AND NOT deleted`,
});

export async function installationOfTenant(
  pool: Pool,
  tenantId: string,
  installationId: string,
): Promise<InstallationOfTenant> {
  if (!isStorable(installationId)) throw notFound('this installation');
  const found = await pool.query<InstallationOfTenant>(selectInstallation({ installationId, tenantId }));
  const [installation] = found.rows;
  if (!installation) throw notFound('this installation');
  return installation;
}

const selectKept = defineStatement({
  name: 'installations-kept',
  parameters: { installationIds: 'text[]' },
  text: (p) => `
SELECT installation_id AS id FROM installation
 WHERE installation_id = ANY (${p.installationIds}) AND NOT deleted AND NOT to_be_erased`,
});

/**
 * Those of which something may be stored: the others are erased, or will be. With the tenant's lock, none of them is
 * deleted before the transaction ends.
 */
export async function keptAmong(client: Pick<Pool, 'query'>, installationIds: string[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>(selectKept({ installationIds }));
  return new Set(rows.map(({ id }) => id));
}

/** `?q=` of every list. */
export const searchText = storableText.max(200).optional();

/** The pattern of `q` in every list: a part of the text, in any case; % and _ have no special meaning. */
export const containing = (q: string | undefined): string | null => (q ? `%${q.replace(/[\\%_]/g, '\\$&')}%` : null);
