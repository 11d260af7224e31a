// A migrated database of its own for a spec, and an installation to put tokens on.
import { randomUUID } from 'node:crypto';
import { createDataSource, migrate } from '@carillon/persistence';
import { createTestDatabase } from '@carillon/persistence/testing';
import type { DataSource } from 'typeorm';
import { entities } from '../database/entities.ts';
import { migrations } from '../database/migrations/index.ts';
import { Installation } from '../installations/installation.entity.ts';

export interface MigratedDatabase {
  dataSource: DataSource;
  drop(): Promise<void>;
}

export async function migratedDatabase(): Promise<MigratedDatabase> {
  const database = await createTestDatabase();
  const dataSource = createDataSource({ url: database.url, entities, migrations });
  await migrate(dataSource);
  await dataSource.initialize();
  const drop = async (): Promise<void> => {
    await dataSource.destroy();
    await database.drop();
  };
  return { dataSource, drop };
}

export async function anInstallation(dataSource: DataSource, over: Partial<Installation> = {}): Promise<Installation> {
  const workspaceId = `T${randomUUID().slice(0, 8).toUpperCase()}`;
  return dataSource.manager.save(
    Installation,
    Object.assign(new Installation(), {
      id: randomUUID(),
      tenantId: 'acme',
      name: `Acme ${workspaceId}`,
      profile: 'direct',
      state: 'active',
      stateReason: null,
      workspaceId,
      teamId: workspaceId,
      enterpriseId: null,
      isEnterpriseInstall: false,
      teamIds: null,
      appId: 'A1',
      botUserId: 'UBOT',
      botId: null,
      scopes: ['chat:write'],
      teamName: null,
      teamDomain: null,
      iconUrl: null,
      connectedBy: 'ada',
      connectedBySlackUser: 'U1',
      installedAt: new Date(),
      authorizedAt: new Date(),
      version: 1,
      ...over,
    }),
  );
}
