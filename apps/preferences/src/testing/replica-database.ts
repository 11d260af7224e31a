// Replicas of this service on a database of its own, for specs: states as other services publish them, and the tenants
// acme and globex. It starts no consumer; a spec hands the records to the handlers.
import { recipientChanged, type RecipientState } from '@carillon/domain';
import { tombstone, type Outgoing, type RawRecord } from '@carillon/messaging';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase } from '@carillon/persistence/testing';
import { Tenants } from '@carillon/runtime';
import { migrations } from '../database/migrations/index.ts';

export const tenants = new Tenants([
  { id: 'acme', name: 'Acme' },
  { id: 'globex', name: 'Globex' },
]);

export interface ReplicaDatabase {
  pool: ReturnType<typeof createPool>;
  clear(): Promise<unknown>;
  drop(): Promise<void>;
}

export async function createReplicaDatabase(): Promise<ReplicaDatabase> {
  const database = await createTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  const pool = createPool(database.url);
  return {
    pool,
    clear: () =>
      pool.query(
        'TRUNCATE recipient, installation, context_version, context_change, unsubscription, member_preferences, organisation_defaults, recipient_role, topic_follower, fan_out',
      ),
    async drop() {
      await pool.end();
      await database.drop();
    },
  };
}

export const state = (
  memberId: string,
  version: number,
  given: Partial<RecipientState> = {},
): Outgoing<RecipientState> => ({
  id: `${memberId}-${version}`,
  source: '/carillon/directory-sync',
  data: {
    ...{
      tenantId: 'acme',
      memberId,
      email: `${memberId}@acme.test`,
      name: `${memberId} ${version}`,
      active: true,
      version,
    },
    links: [{ installationId: 'main', status: 'matched', slackUserId: `U${version}` }],
    ...given,
  },
});
export const gone = (memberId: string, version: number): RawRecord =>
  tombstone(recipientChanged, `acme:${memberId}`, version);

export const installed = (installationId: string, version: number, given: object = {}) => ({
  id: `${installationId}-${version}`,
  source: '/carillon/installation',
  data: {
    ...{
      installationId,
      tenantId: 'acme',
      name: installationId,
      profile: 'direct',
      state: 'active' as const,
      teamId: 'T1',
      isEnterpriseInstall: false,
    },
    ...{ appId: 'A1', botUserId: 'B1', scopes: [], installedAt: '2026-01-01T00:00:00Z', version, ...given },
  },
});
