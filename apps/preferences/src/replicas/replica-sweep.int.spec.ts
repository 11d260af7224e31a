// Deletions that nobody told this service of: the whole service on a real broker and a real database, stopped while a
// person is deleted and the topic forgets even that, and started again.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { RecipientState } from '@carillon/domain';
import { emptyTopic } from '@carillon/messaging/testing';
import { createPool } from '@carillon/persistence';
import { until } from '../testing/private-topics.ts';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(120_000);

const preferences = new RunningPreferences();
const { topics, publisher } = preferences;
let pool: ReturnType<typeof createPool>;

const start = (): Promise<void> => preferences.start({ KAFKA_SESSION_TIMEOUT_MS: '6s' });

const write = (memberIds: string[]): Promise<void> => {
  const state = (memberId: string): RecipientState => ({
    tenantId: 'acme',
    memberId,
    email: `${memberId}@acme.test`,
    name: memberId,
    active: true,
    version: 1,
    links: [],
  });
  return publisher.publish(
    topics.recipients,
    memberIds.map((id) => ({ id, source: '/carillon/directory-sync', data: state(id) })),
  );
};
const present = async () =>
  (
    await pool.query<{ member: string }>('SELECT member_id AS member FROM recipient WHERE NOT deleted ORDER BY 1')
  ).rows.map(({ member }) => member);
const following = async () => {
  const { rows } = await pool.query<{ topic: string }>(
    `SELECT topic FROM followed_topic WHERE followed_until > now() - interval '1 day'`,
  );
  return rows.map(({ topic }) => topic);
};
/** The service is away for eight days, after which the topic holds these people only. */
const away = async (left: string[]): Promise<void> => {
  await preferences.stopService();
  await emptyTopic(topics.recipients.name);
  await write(left);
  await pool.query(`UPDATE followed_topic SET followed_until = followed_until - interval '8 days'`);
};

beforeAll(async () => {
  await preferences.prepare();
  pool = createPool(preferences.databaseUrl);
});
afterAll(async () => {
  await pool?.end();
  await preferences.stop();
});

test('a person whose tombstone has gone from the topic while the service was away is gone after its restart, with all they chose', async () => {
  await write(['ada', 'ben']);
  await start();
  await until(
    'both are known and all topics are followed',
    async () => (await present()).length === 2 && (await following()).length === 4,
  );
  await pool.query(
    `INSERT INTO member_preferences VALUES ('acme', 'ada', true, '{}', '{}', 'ada'), ('acme', 'ben', true, '{}', '{}', 'ben')`,
  );
  await away(['ben']);
  await start();
  await until('the topics are followed again', async () => (await following()).length === 4);
  expect(await present()).toEqual(['ben']);
  expect(
    (await pool.query(`SELECT name, email, email_key, links, version, deleted FROM recipient WHERE key = 'acme:ada'`))
      .rows,
  ).toEqual([{ name: null, email: null, email_key: null, links: null, version: '1', deleted: true }]);
  expect((await pool.query('SELECT member_id FROM member_preferences')).rows).toEqual([{ member_id: 'ben' }]);
});

test('a topic that seems to have lost its records takes nobody away', async () => {
  const people = Array.from({ length: 30 }, (_, n) => `p${n}`);
  await write(people);
  await until('all are known', async () => (await present()).length === 31);
  await away(['ben', ...people.slice(0, 5)]);
  await start();
  // People are compared before the others.
  await until('the others are compared', async () => (await following()).length === 3);
  expect((await following()).sort()).toEqual(
    [topics.channels.name, topics.destinations.name, topics.installations.name].sort(),
  );
  expect(await present()).toHaveLength(31);
});
