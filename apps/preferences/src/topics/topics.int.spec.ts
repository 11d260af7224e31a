// What the routes of topics promise, with the whole service on a real database.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Identity } from '@carillon/runtime';
import pg from 'pg';
import { until } from '../testing/private-topics.ts';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
beforeAll(() => preferences.start());
afterAll(() => preferences.stop());

async function as(
  role: Identity['roles'][number],
  method: string,
  path: string,
  { body, memberId = 'ada', tenantId = 'acme' }: { body?: object; memberId?: string; tenantId?: string } = {},
) {
  const token = await preferences.issuer.token({ memberId, roles: [role], tenantId });
  return preferences.service.request(method, `/v1/${path}`, { token, ...(body && { body }) });
}
const follow = (topic: string, kind: string, id: string): string =>
  `topics/${encodeURIComponent(topic)}/followers/${kind}/${id}`;
const items = async (role: Identity['roles'][number], path: string, tenantId = 'acme'): Promise<unknown[]> =>
  ((await as(role, 'GET', path, { tenantId })).body as { items: unknown[] }).items;

test('a member follows and unfollows for itself, again and again, and sees what it follows', async () => {
  for (const topic of ['report:1', 'report:2', 'report:3']) {
    expect((await as('member', 'PUT', follow(topic, 'member', 'me'))).status).toBe(204);
    expect((await as('member', 'PUT', follow(topic, 'member', 'ada'))).status).toBe(204);
  }
  for (let n = 0; n < 2; n++)
    expect((await as('member', 'DELETE', follow('report:2', 'member', 'me'))).status).toBe(204);
  const first = (await as('member', 'GET', 'me/topics?limit=1')).body as { items: unknown[]; nextCursor: string };
  expect(first.items).toEqual([{ topic: 'report:1', since: expect.any(String) }]);
  const rest = await items('member', `me/topics?cursor=${first.nextCursor}`);
  expect(rest).toMatchObject([{ topic: 'report:3' }]);
});

test('who follows a topic is listed page by page, members and channels, of the own tenant only', async () => {
  await as('admin', 'PUT', follow('deal:9', 'member', 'bob'));
  await as('product', 'PUT', follow('deal:9', 'member', 'cleo'));
  await as('admin', 'PUT', follow('deal:9', 'channel', 'C123'), { body: { installation: 'main' } });
  await as('admin', 'PUT', follow('deal:9', 'member', 'eve'), { tenantId: 'globex' });
  const all = [
    { kind: 'channel', id: 'C123', installation: 'main' },
    { kind: 'member', id: 'bob' },
    { kind: 'member', id: 'cleo' },
  ];
  expect(await items('admin', 'topics/deal%3A9/followers')).toEqual(all);
  expect(await items('admin', 'topics/deal%3A9/followers?kind=member')).toEqual(all.slice(1));
  const page = (await as('admin', 'GET', 'topics/deal%3A9/followers?limit=2')).body as { nextCursor: string };
  expect(await items('admin', `topics/deal%3A9/followers?cursor=${page.nextCursor}`)).toEqual(all.slice(2));
  // The installation of a channel may change.
  await as('admin', 'PUT', follow('deal:9', 'channel', 'C123'));
  expect((await items('admin', 'topics/deal%3A9/followers'))[0]).toEqual({ kind: 'channel', id: 'C123' });
});

test.each<[string, Identity['roles'][number], string, string, object | undefined, number, string | undefined]>([
  ['a member for another one', 'member', 'member', 'bob', undefined, 403, undefined],
  ['a member for a channel', 'member', 'channel', 'C1', undefined, 403, undefined],
  ['a product for itself', 'product', 'member', 'me', undefined, 400, 'id'],
  ['a channel by its name', 'admin', 'channel', 'general', undefined, 400, 'id'],
  ['a member in an installation', 'admin', 'member', 'bob', { installation: 'main' }, 400, 'installation'],
  ['a user group', 'admin', 'group', 'G1', undefined, 400, 'kind'],
])('%s cannot follow', async (_, role, kind, id, body, status, path) => {
  const answer = await as(role, 'PUT', follow('t', kind, id), body ? { body } : {});
  expect(answer.status).toBe(status);
  if (path) expect(answer.body).toMatchObject({ errors: [{ path }] });
});

test('a channel that follows two topics at once takes its last place once', async () => {
  const database = new pg.Client({ connectionString: preferences.databaseUrl });
  await database.connect();
  try {
    await database.query(
      `INSERT INTO topic_follower (tenant_id, topic, kind, id, added_by)
       SELECT 'acme', 'many:' || n, 'channel', 'C500', 'ada' FROM generate_series(1, 499) AS n`,
    );
    // Both are under way before either has stored anything.
    await database.query('BEGIN; LOCK TABLE topic_follower IN SHARE MODE');
    const follows = ['last:1', 'last:2'].map((topic) => as('admin', 'PUT', follow(topic, 'channel', 'C500')));
    await until('both wait', async () => {
      const { rows } = await database.query(
        'SELECT FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())',
      );
      return rows.length >= 2;
    });
    await database.query('COMMIT');
    const answers = await Promise.all(follows);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  } finally {
    await database.end();
  }
});

test('one channel too many is refused, and a change is in the audit log once', async () => {
  for (let n = 0; n < 200; n++) expect((await as('admin', 'PUT', follow('full', 'channel', `C${n}`))).status).toBe(204);
  expect((await as('admin', 'PUT', follow('full', 'channel', 'C200'))).status).toBe(409);
  expect((await as('admin', 'PUT', follow('full', 'channel', 'C7'))).status).toBe(204);
  const answer = await as('owner', 'GET', 'audit?subject=topic:report:2');
  expect(answer.body).toMatchObject({
    items: [{ action: 'topic.unfollowed' }, { action: 'topic.followed', detail: { follower: { id: 'ada' } } }],
  });
});
