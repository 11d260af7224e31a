// Until when the lists of an installation have been read: what happened before is in them.
import { defineStatement } from '@carillon/persistence';
import type { PoolClient } from 'pg';

export interface ListedFrom {
  users: number;
  channels: number;
}

const selectListed = defineStatement({
  name: 'events-listed',
  parameters: { installationIds: 'text[]' },
  text: (p) => `
SELECT installation_id AS id, max(users_from)::float8 AS users, max(channels_from)::float8 AS channels
  FROM sync WHERE installation_id = ANY (${p.installationIds}) GROUP BY installation_id`,
});

/** Ms since 1970, by installation; 0 where none was read. */
export async function listedFrom(
  client: PoolClient,
  installationIds: Iterable<string>,
): Promise<(installationId: string) => ListedFrom> {
  const ids = [...new Set(installationIds)];
  const { rows } = await client.query<{ id: string; users: number | null; channels: number | null }>(
    selectListed({ installationIds: ids }),
  );
  const known = new Map(rows.map(({ id, users, channels }) => [id, { users: users ?? 0, channels: channels ?? 0 }]));
  return (installationId) => known.get(installationId) ?? { users: 0, channels: 0 };
}
