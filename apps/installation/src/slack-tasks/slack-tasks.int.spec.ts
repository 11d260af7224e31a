// Calls to Slack that are repeated, on a real database.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { migratedDatabase, type MigratedDatabase } from '../testing/database.ts';
import { SlackTasks } from './slack-tasks.ts';
import type { SlackTask } from './slack-task.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(() => database.drop());

const verify = (tenantId: string, subject = randomUUID(), at = '2026-11-28T00:00:00.000Z') => ({
  kind: 'verify' as const,
  subject,
  tenantId,
  workspaceId: 'T1',
  detail: { reason: 'app_uninstalled' as const, at },
});
const nothing = (): Promise<void> => Promise.resolve();

test('a tenant with thousands of them holds back nobody else', async () => {
  const done: string[] = [];
  const tasks = new SlackTasks(database.dataSource, {
    verify: (task) => {
      done.push(task.tenantId);
      return nothing();
    },
    revoke: nothing,
    describe: nothing,
  });
  const { manager } = database.dataSource;
  await manager.query(
    `INSERT INTO slack_task (kind, subject, tenant_id, workspace_id, detail)
     SELECT 'verify', gen_random_uuid(), 'big', 'T', '{}' FROM generate_series(1, 3000)`,
  );
  await tasks.add(manager, verify('small'));
  tasks.start();
  await until(() => done.includes('small'));
  expect(done.length).toBeLessThan(50);
  await tasks.stop();
  await manager.query('DELETE FROM slack_task');
});

test('one that fails is repeated until it succeeds, by whichever process lives', async () => {
  let tries = 0;
  const handlers = {
    verify: (): Promise<void> => (++tries < 3 ? Promise.reject(new Error('Slack is down')) : nothing()),
    revoke: nothing,
    describe: nothing,
  };
  const processes = [1, 2].map(() => new SlackTasks(database.dataSource, handlers));
  await processes[0]!.add(database.dataSource.manager, verify('acme'));
  for (const process of processes) process.start();
  await until(async () => (await database.dataSource.query<unknown[]>('SELECT FROM slack_task')).length === 0);
  expect(tries).toBe(3);
  await Promise.all(processes.map((process) => process.stop()));
});

test('the same question is asked once, about the latest time, and again where it came while it was asked', async () => {
  const seen: SlackTask[] = [];
  let answer = nothing;
  const tasks = new SlackTasks(database.dataSource, {
    verify: (task) => {
      seen.push(task);
      return answer();
    },
    revoke: nothing,
    describe: nothing,
  });
  const { manager } = database.dataSource;
  const subject = randomUUID();
  const id = await tasks.add(manager, verify('acme', subject, '2026-11-28T00:00:02.000Z'));
  expect(await tasks.add(manager, verify('acme', subject, '2026-11-28T00:00:01.000Z'))).toBe(id);
  answer = async () => {
    answer = nothing;
    await tasks.add(manager, verify('acme', subject, '2026-11-28T00:00:03.000Z'));
  };
  await tasks.attempt(id, 5_000);
  await tasks.attempt(id, 5_000);
  expect(seen.map(({ detail }) => (detail as { at: string }).at)).toEqual([
    '2026-11-28T00:00:02.000Z',
    '2026-11-28T00:00:03.000Z',
  ]);
  expect(await manager.query('SELECT FROM slack_task')).toEqual([]);
});
