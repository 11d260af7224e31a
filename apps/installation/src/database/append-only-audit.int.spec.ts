// The step from the service's own audit table to the append-only one, on a database with its two roles.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from '@carillon/persistence/testing';
import type { Pool } from 'pg';
import { migrations } from './migrations/index.ts';

let database: TwoRoleTestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTwoRoleTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations: migrations.slice(0, 1) }), {
    migrationUrl: database.migrationUrl,
  });
  pool = createPool(database.url);
  await pool.query(`
    INSERT INTO audit_entry (tenant_id, at, actor, action, installation_id, before, after) VALUES
      ('acme', '2026-11-01T10:00:00Z', 'member:ada', 'installation.connected', '7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001', NULL, '{"name": "Main", "state": "active", "stateReason": null}'),
      ('acme', '2026-11-02T10:00:00Z', 'slack', 'installation.lost', '7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001',
        '{"name": "Main", "state": "active", "stateReason": null}', '{"name": "Main", "state": "lost", "stateReason": "token_revoked"}'),
      ('acme', '2026-11-03T10:00:00Z', 'member:b:ob', 'policy.changed', NULL, '{"maxInstallations": null}', '{"maxInstallations": 5}')`);
  await migrate(createDataSource({ url: database.url, entities: [], migrations: [...migrations] }), {
    migrationUrl: database.migrationUrl,
  });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

test('every old entry is carried over, without the names that people chose', async () => {
  const { rows } = await pool.query(
    'SELECT tenant_id, at, actor_kind, actor_id, action, outcome, subject, detail FROM audit_entry ORDER BY seq',
  );
  const installation = 'installation:7f1b4c1e-6a64-4a2e-9d0c-0a3a8f2f0001';
  expect(rows).toEqual([
    {
      tenant_id: 'acme',
      at: new Date('2026-11-01T10:00:00Z'),
      actor_kind: 'member',
      actor_id: 'ada',
      action: 'installation.connected',
      outcome: 'done',
      subject: installation,
      detail: { to: 'active' },
    },
    {
      ...{
        tenant_id: 'acme',
        at: new Date('2026-11-02T10:00:00Z'),
        actor_kind: 'slack',
        actor_id: 'slack',
        action: 'installation.lost',
        outcome: 'done',
        subject: installation,
      },
      detail: { from: 'active', to: 'lost', reason: 'token_revoked', fields: ['state', 'stateReason'] },
    },
    {
      ...{
        tenant_id: 'acme',
        at: new Date('2026-11-03T10:00:00Z'),
        actor_kind: 'member',
        actor_id: 'b:ob',
        action: 'policy.changed',
        outcome: 'done',
        subject: 'policy:acme',
      },
      detail: { before: { maxInstallations: null }, after: { maxInstallations: 5 } },
    },
  ]);
});

test.each([
  'UPDATE audit_entry SET actor_id = $$nobody$$',
  'DELETE FROM audit_entry',
  'TRUNCATE audit_entry',
  'DROP TABLE audit_entry',
])('the service can add and read: %s is refused', async (statement) => {
  await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  expect((await pool.query('SELECT FROM audit_entry')).rowCount).toBe(3);
});
