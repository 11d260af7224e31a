// What a picker finds among the channels of a tenant, on a real database.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Identity } from '@carillon/runtime';
import { SyncStage } from '../testing/sync-stage.ts';
import type { Channel } from './channel.ts';
import { ChannelsController } from './channels.controller.ts';
import { PrivateChannels } from './private-channels.ts';

let stage: SyncStage;
let controller: ChannelsController;
const [first, second, theirs] = ['1', '2', '3'].map((n) => `${n}${randomUUID().slice(1)}`) as [string, string, string];
beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(async () => {
  await stage.reset();
  const { pool, slack } = stage.directory;
  controller = new ChannelsController(pool, new PrivateChannels(pool, slack));
  await stage.directory.installation({ installationId: first, teamId: 'T1' });
  await stage.directory.installation({ installationId: second, teamId: 'T2' });
  await stage.directory.installation({ installationId: theirs, teamId: 'T3', tenantId: 'globex' });
});
afterEach(() => stage.directory.close());
afterAll(() => stage?.stop());

const insert = (installationId: string, prefix: string, count: number, over = { private: false, archived: false }) =>
  stage.directory.pool.query(
    `INSERT INTO channel (installation_id, channel_id, team_id, name, private, archived)
     SELECT $1, upper('C' || $2 || n), 'T', $2 || '-' || n, $4, $5 FROM generate_series(1, $3) AS n`,
    [installationId, prefix, count, over.private, over.archived],
  );
const olga: Identity = { memberId: 'olga', tenantId: 'acme', tenantIds: [], roles: ['admin'] };

async function all(query: { q?: string; installation?: string } = {}, limit = 7): Promise<Channel[]> {
  const found: Channel[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await controller.list(olga, {
      ...query,
      limit,
      private: false,
      ...(cursor !== undefined && { cursor }),
    });
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
}

test('pages hold each public channel of the tenant once, in the order of the names', async () => {
  await insert(first, 'sales', 12);
  await insert(second, 'sales', 9);
  await insert(theirs, 'sales', 5);
  await insert(first, 'secret', 5, { private: true, archived: false });
  await insert(first, 'old', 5, { private: false, archived: true });
  const found = await all();
  expect(found).toHaveLength(21);
  expect(new Set(found.map(({ installationId, id }) => installationId + id)).size).toBe(21);
  const sorted = await stage.directory.pool.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS t (name) ORDER BY name',
    [found.map(({ name }) => name)],
  );
  expect(found.map(({ name }) => name)).toEqual(sorted.rows.map(({ name }) => name));
  expect(await all({ installation: second })).toHaveLength(9);
});

test('a part of the name finds it in any case, and % and _ are letters like others', async () => {
  await insert(first, 'team_sales', 3);
  await insert(second, 'teamxsales', 2);
  expect((await all({ q: 'M_SAL' })).map(({ name }) => name)).toEqual(['team_sales-1', 'team_sales-2', 'team_sales-3']);
  expect(await all({ q: '%' })).toEqual([]);
});

test('a part of a name is found by an index of the installation', async () => {
  await insert(first, 'sales', 20_000);
  await insert(first, 'rare-words', 1);
  await stage.directory.pool.query('VACUUM ANALYZE channel');
  const client = await stage.directory.pool.connect();
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN SELECT FROM channel WHERE installation_id = '${first}' AND name ILIKE '%e-wor%' AND NOT archived ORDER BY name LIMIT 20`,
  );
  client.release();
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('channel_part_of_name');
  expect((await all({ q: 'e-wor' })).map(({ name }) => name)).toEqual(['rare-words-1']);
});
