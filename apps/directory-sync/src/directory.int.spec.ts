// The directory as a process, on real Kafka and PostgreSQL, against the stand-in for Slack.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { installationChanged, recipientChanged, type InstallationState, type RecipientState } from '@carillon/domain';
import { BatchConsumer, ensureTopics, Publisher } from '@carillon/messaging';
import { testKafka, until } from '@carillon/messaging/testing';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { testIssuer, type TestIssuer } from '@carillon/runtime/testing';
import { DirectoryProcess } from './testing/directory-process.ts';
import { SlackSimulator } from '@carillon/slack-testing';
import { tenantsFile } from './testing/tenants-file.ts';
import { tokenService, type TokenService } from './testing/token-service.ts';

const run = randomUUID().slice(0, 8);
const tenantId = `acme-${run}`;
const otherTenant = `globex-${run}`;
const tenants = tenantsFile({ id: tenantId }, { id: otherTenant, sources: ['/globex/*'] });
const scopes = 'users:read,users:read.email,channels:read';

describe('the directory', () => {
  let slack: SlackSimulator;
  let issuer: TestIssuer;
  let tokens: TokenService;
  let database: TestDatabase;
  let publisher: Publisher;
  let watcher: BatchConsumer;
  let directory: DirectoryProcess;
  let admin: string;
  const recipients = new Map<string, RecipientState | null>();
  let heard = 0;

  beforeAll(async () => {
    const kafka = testKafka();
    [slack, issuer, tokens, database] = await Promise.all([
      SlackSimulator.start(),
      testIssuer(),
      tokenService(),
      createTestDatabase(),
    ]);
    admin = await issuer.token({ tenantId, roles: ['admin'], expiresIn: 3_600 });
    await ensureTopics(kafka, [installationChanged, recipientChanged], 'create', { maxPartitions: 12 });
    publisher = new Publisher(kafka);
    await publisher.connect();
    watcher = new BatchConsumer(kafka, {
      group: `spec.${run}`,
      publisher,
      onDead: (error) => {
        throw error;
      },
      subscriptions: [
        {
          topic: recipientChanged,
          handler: {
            handle: (batch) => {
              for (const { key, data } of batch.records) {
                if (!key?.startsWith(`${tenantId}:`)) continue;
                heard += 1;
                recipients.set(key.slice(tenantId.length + 1), data as RecipientState | null);
              }
              return Promise.resolve();
            },
          },
        },
      ],
    });
    await watcher.start();
    await until(() => watcher.ready());
    directory = await start();
  }, 60_000);

  afterAll(async () => {
    await directory.end('SIGTERM');
    slack.stop();
    await Promise.all([watcher.stop(), publisher.close(), issuer.close(), tokens.close()]);
    await database.drop();
  }, 30_000);

  const start = () =>
    DirectoryProcess.start({
      ...issuer.env,
      SPEC_SERVICE_NAME: `directory-spec-${run}`,
      DATABASE_URL: database.url,
      KAFKA_BROKERS: testKafka().brokers.join(','),
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      SERVICE_TOKEN_URL: issuer.tokenUrl,
      SERVICE_CLIENT_ID: 'directory-sync',
      SERVICE_CLIENT_SECRET: 'secret',
      INSTALLATION_URL: tokens.url,
      SLACK_URL: slack.url,
      SLACK_PACE: '1000',
      SYNC_POLL_MS: '200',
      CARILLON_MODE: 'development',
      TENANTS_FILE: tenants,
    });
  let small: string;
  const connect = async (teamId: string) => {
    const installationId = randomUUID();
    tokens.tenants.set(installationId, tenantId);
    tokens.tokens.set(installationId, await slack.install(teamId, scopes));
    const data: InstallationState = {
      installationId,
      tenantId,
      name: teamId,
      profile: 'invite_only',
      state: 'active',
      teamId,
      isEnterpriseInstall: false,
      appId: 'A1',
      botUserId: 'U0',
      scopes: scopes.split(','),
      installedAt: new Date().toISOString(),
      version: 1,
    };
    await publisher.publish(installationChanged, [{ id: installationId, source: '/spec', data }]);
    return installationId;
  };
  const addMembers = async (from: number, to: number, domain: string) => {
    for (let first = from; first <= to; first += 1_000) {
      const members = Array.from({ length: Math.min(1_000, to - first + 1) }, (_, i) => ({
        memberId: `${domain}-${first + i}`,
        email: `Person${first + i}@${domain}`,
        name: `Person ${first + i}`,
      }));
      expect(await directory.request('POST', '/v1/members/batch', admin, { members })).toEqual({
        status: 202,
        body: { accepted: members.length },
      });
    }
  };
  const matchedIn = (installationId: string) =>
    [...recipients.values()].filter((r) =>
      r?.links.some((link) => link.installationId === installationId && link.status === 'matched'),
    ).length;

  it('links a connected workspace and publishes its members once each', async () => {
    await slack.workspace({
      id: 'T0SMALL',
      name: 'Small',
      users: [{ id: 'U1', name: 'Ada', email: 'ada@small.test' }],
      channels: [{ name: 'general' }],
    });
    await directory.request('PUT', '/v1/members/ada', admin, {
      email: 'Ada@small.test',
      name: 'Ada',
      timeZone: 'Europe/Paris',
    });
    await directory.request('PUT', '/v1/members/lone', admin, { email: 'lone@small.test', name: 'Lone' });
    // A new group first reads what other specs left in the topics.
    await until(() => recipients.has('ada') && recipients.has('lone'), 80_000);
    heard = 0;
    const installationId = (small = await connect('T0SMALL'));
    await until(() => recipients.get('lone')?.links.length === 1 && recipients.get('ada')?.links.length === 1);
    expect(recipients.get('ada')).toMatchObject({
      timeZone: 'Europe/Paris',
      links: [{ installationId, status: 'matched', teamId: 'T0SMALL', slackUserId: 'U1' }],
    });
    expect(recipients.get('lone')!.links).toEqual([{ installationId, status: 'unmatched' }]);
    expect(heard).toBe(2);
  }, 120_000);

  it('answers who is not matched, takes a link by hand, and shows other tenants nothing', async () => {
    const installationId = small;
    const unmatched = await directory.request(
      'GET',
      `/v1/people?status=unmatched&installation=${installationId}`,
      admin,
    );
    expect(unmatched.body).toMatchObject({
      items: [{ memberId: 'lone', links: [{ installationId, status: 'unmatched' }] }],
      nextCursor: null,
    });
    const linked = await directory.request('PUT', `/v1/people/lone/links/${installationId}`, admin, {
      email: 'ada@small.test',
    });
    expect(linked).toMatchObject({ status: 200, body: { status: 'manual', slackUserId: 'U1', slackName: 'Ada' } });
    await until(() => recipients.get('lone')?.links[0]?.status === 'manual');
    expect(await directory.request('DELETE', `/v1/people/lone/links/${installationId}`, admin)).toMatchObject({
      status: 200,
      body: { status: 'removed' },
    });
    await until(() => recipients.get('lone')?.links[0]?.status === 'removed');

    expect(
      await directory.request('PUT', `/v1/people/nobody/links/${installationId}`, admin, { email: 'ada@small.test' }),
    ).toMatchObject({ status: 404 });
    const refused = await directory.request('PUT', `/v1/people/lone/links/${installationId}`, admin, {
      slackUserId: 'U404',
    });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'slackUserId' }] } });

    const requested = await directory.request('POST', `/v1/installations/${installationId}/syncs`, admin);
    expect(requested.status).toBe(202);
    const { id } = requested.body as { id: string };
    await until(
      async () =>
        ((await directory.request('GET', `/v1/syncs/${id}`, admin)).body as { state: string }).state === 'done',
    );

    const channels = await directory.request('GET', `/v1/channels?installation=${installationId}&q=GEN`, admin);
    expect(channels.body).toMatchObject({ items: [{ name: 'general', private: false, teamId: 'T0SMALL' }] });

    const stranger = await issuer.token({ tenantId: otherTenant, roles: ['owner'] });
    expect((await directory.request('GET', `/v1/people?installation=${installationId}`, stranger)).status).toBe(404);
    expect(
      (await directory.request('PUT', `/v1/people/ada/links/${installationId}`, stranger, { email: 'ada@small.test' }))
        .status,
    ).toBe(404);
    expect((await directory.request('POST', `/v1/installations/${installationId}/syncs`, stranger)).status).toBe(404);
    expect((await directory.request('GET', `/v1/syncs/${id}`, stranger)).status).toBe(404);
    expect((await directory.request('GET', '/v1/people', stranger)).body).toEqual({ items: [], nextCursor: null });
    expect((await directory.request('GET', '/v1/channels', stranger)).body).toEqual({ items: [], nextCursor: null });
  }, 60_000);

  it('takes members as lines of NDJSON and CSV, answers each line, and names its limits', async () => {
    const send = async (type: string, text: string): Promise<{ status: number; lines: unknown[] }> => {
      const answer = await fetch(`${directory.url}/v1/members/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}`, 'content-type': type },
        body: text,
      });
      const lines = (await answer.text()).trim().split('\n');
      return { status: answer.status, lines: lines.map((line) => JSON.parse(line) as unknown) };
    };
    const member = (n: number): string =>
      JSON.stringify({ memberId: `ada`, email: 'Ada@small.test', name: `Ada ${n}` });
    const ndjson = await send('application/x-ndjson', `${member(1)}\n{"memberId":"lone"}\n`);
    expect(ndjson).toEqual({
      status: 200,
      lines: [
        { line: 1, memberId: 'ada', ok: true, version: expect.any(Number) },
        { line: 2, ok: false, errors: [{ path: 'email' }, { path: 'name' }].map((e) => expect.objectContaining(e)) },
      ],
    });
    await until(() => recipients.get('ada')?.name === 'Ada 1');
    const csv = await send('text/csv; charset=utf-8', 'memberId,email,name\nada,Ada@small.test,"Lovelace, Ada"\n');
    expect(csv).toMatchObject({ status: 200, lines: [{ line: 2, memberId: 'ada', ok: true }] });
    await until(() => recipients.get('ada')?.name === 'Lovelace, Ada');

    const tooMany = await send('application/x-ndjson', '{}\n'.repeat(10_001));
    expect(tooMany).toMatchObject({ status: 413, lines: [{ detail: expect.stringContaining('10000') }] });
    const tooLarge = await send('text/csv', 'x'.repeat(8 * 1024 * 1024 + 1));
    expect(tooLarge).toMatchObject({ status: 413, lines: [{ detail: expect.stringContaining('8388608') }] });
    expect(await send('text/plain', 'memberId')).toMatchObject({ status: 415 });
    expect((await directory.request('POST', '/v1/members/batch', admin)).status).toBe(400);
  }, 60_000);

  it('pages through people', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await directory.request('GET', `/v1/people?limit=1${cursor && `&cursor=${cursor}`}`, admin);
      const page = body as { items: { memberId: string }[]; nextCursor: string | null };
      seen.push(...page.items.map((person) => person.memberId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['ada', 'lone']);
  });

  it('ends a sync complete that was killed in the middle', async () => {
    await slack.workspace({ id: 'T0KILLED', name: 'Killed', generate: { users: 3_500, emailDomain: 'killed.test' } });
    await addMembers(1, 3_500, 'killed.test');
    await slack.limits({ retryAfter: 30, methods: { 'users.list': 3 } });
    const installationId = await connect('T0KILLED');
    await until(async () => (await slack.requests('T0KILLED', 'users.list')).rateLimited > 0);
    await directory.end('SIGKILL');
    expect(matchedIn(installationId)).toBe(0);
    await slack.limits({ retryAfter: 1, methods: { '*': null, 'users.list': null } });
    directory = await start();
    await until(() => matchedIn(installationId) === 3_500, 60_000);
  }, 120_000);
});
