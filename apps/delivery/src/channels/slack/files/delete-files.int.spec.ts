// A message with files that its producer takes back: real PostgreSQL and the stand-in for Slack.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { closeConnections, SlackClient } from '@carillon/slack';
import { SlackSimulator } from '@carillon/slack-testing';
import { migrations } from '../../../database/migrations/index.ts';
import { fileOpener } from '../../../files/open-file.ts';
import type { ClaimedDelivery } from '../../../model/claimed-delivery.ts';
import { slackLimits } from '../../../testing/lane-limits.ts';
import { claimed } from '../../../testing/claimed.ts';
import { sendGuard } from '../../../testing/send-guard.ts';
import type { SendResult } from '../../../model/send-result.ts';
import { Answers } from '../answers.ts';
import { Attachments } from './attachments.ts';
import { Conversations } from '../conversations.ts';
import { Installations } from '../installations.ts';
import { SlackChannel } from '../slack-channel.ts';
import type { SlackConnections } from '../slack-connections.ts';

const installationId = randomUUID();
const channelId = 'C0REPORTS';
const allGranted = sendGuard(true);

let database: TestDatabase;
let pool: Pool;
let slack: SlackSimulator;
let team: string;
let client: SlackClient;
let channel: SlackChannel;

beforeAll(async () => {
  [database, slack] = await Promise.all([createTestDatabase(), SlackSimulator.start()]);
  await migrate(createDataSource({ url: database.url, entities: [], migrations, applicationName: 'spec' }));
  pool = createPool(database.url);
  await slack.limits({ channelPerSecond: null });
});

afterAll(async () => {
  await closeConnections();
  slack.stop();
  await pool.end();
  await database.drop();
});

afterEach(() => slack.noFaults());

async function connect(scopes: string): Promise<void> {
  team = `T${randomUUID().slice(0, 8).toUpperCase()}`;
  await slack.workspace({
    id: team,
    name: team,
    users: [{ name: 'ada', admin: true }],
    channels: [{ id: channelId, name: 'reports', members: ['bot'] }],
  });
  client = new SlackClient({ token: await slack.install(team, scopes), slackUrl: slack.url, timeoutMs: 1_500 });
  await pool.query('DELETE FROM installation');
  await know(scopes);
  const installations = new Installations(pool);
  await installations.refresh();
  const connections = { connection: () => Promise.resolve({ client, teamId: team }), restored: () => undefined };
  const tokens = { forget: () => undefined, reportDead: () => Promise.resolve() };
  const answers = new Answers(tokens);
  const openFile = fileOpener({ mostBytes: 1_000_000, timeoutMs: 2_000, trustedHosts: [] });
  const attachments = new Attachments(pool, openFile, { atOnce: 4, timeoutMs: 2_000 }, installations, answers);
  channel = new SlackChannel(
    connections as unknown as SlackConnections,
    installations,
    new Conversations(pool),
    attachments,
    answers,
    slackLimits,
  );
}

const know = (scopes: string) =>
  pool.query(
    `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version) VALUES ($1, 'acme', $2, 'active', $3, 1)
     ON CONFLICT (installation_id) DO UPDATE SET scopes = excluded.scopes`,
    [installationId, team, scopes.split(',')],
  );

const withFile = (over: Partial<ClaimedDelivery> = {}): ClaimedDelivery =>
  claimed({
    deliveryId: randomUUID(),
    destination: { kind: 'slack', surface: 'channel', installationId, teamId: team, channel: channelId },
    content: { title: 'ret', files: [{ name: 'secret.txt', contentType: 'text/plain', base64: 'aGVsbG8=' }] },
    ...over,
  });

/** Posts it, and answers with the claim that takes it back. */
async function posted(): Promise<ClaimedDelivery> {
  const delivery = withFile();
  const end = await channel.send(delivery, allGranted);
  if (end.kind !== 'delivered') throw new Error(JSON.stringify(end));
  return { ...delivery, op: 'delete', ownMessage: end.ref ?? null };
}

const fileIds = async (): Promise<string[]> =>
  (await pool.query<{ id: string }>('SELECT file_id AS id FROM file_upload')).rows.map(({ id }) => id);
const isGone = async (id: string): Promise<boolean> => {
  const answer = await client.call('files.info', { file: id });
  return !answer.ok && answer.failure.code === 'file_not_found';
};

beforeEach(async () => {
  await pool.query('TRUNCATE file_upload');
  await connect('chat:write,files:write,files:read');
});

test('the files go with the message', async () => {
  const taken = await posted();
  const [id] = await fileIds();
  expect(await isGone(id!)).toBe(false);
  expect(await channel.send(taken, allGranted)).toMatchObject({ kind: 'delivered' });
  expect(await isGone(id!)).toBe(true);
  expect(await slack.messages(team)).toMatchObject([{ deleted: true }]);
});

test('a try that was cut short is made again, and ends the same', async () => {
  const taken = await posted();
  await slack.faults([{ method: 'chat.delete', kind: 'http_500', count: 1 }]);
  expect((await channel.send(taken, allGranted)).kind).toBe('retry');
  expect(await channel.send(taken, allGranted)).toMatchObject({ kind: 'delivered' });
  expect(await slack.messages(team)).toMatchObject([{ deleted: true }]);
});

test('a file that Slack refuses to delete keeps no message, and is named', async () => {
  const taken = await posted();
  await slack.faults([{ method: 'files.delete', kind: 'error', value: 'cant_delete_file', count: 1 }]);
  const end = (await channel.send(taken, allGranted)) as Extract<SendResult, { kind: 'delivered' }>;
  expect(end).toMatchObject({
    kind: 'delivered',
    remark: { error: 'files_remain', advice: expect.stringContaining('secret.txt (cant_delete_file)') },
  });
  expect(await slack.messages(team)).toMatchObject([{ deleted: true }]);
});

test('files whose scope was taken away meanwhile are named', async () => {
  const taken = await posted();
  await know('chat:write');
  await (channel as unknown as { installations: Installations }).installations.refresh();
  expect(await channel.send(taken, allGranted)).toMatchObject({
    remark: { advice: expect.stringContaining('files:write was not granted') },
  });
});

test('where Slack never told the ts, the files go and the message that stays is named', async () => {
  await connect('chat:write,files:write');
  const taken = await posted();
  expect(taken.ownMessage).toBeNull();
  expect(await channel.send(taken, allGranted)).toMatchObject({ kind: 'refused', error: 'message_unknown' });
  expect((await slack.requests(team, 'files.delete')).ok).toBe(1);
});
