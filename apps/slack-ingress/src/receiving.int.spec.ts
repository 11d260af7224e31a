// What slack-ingress promises for a request, on real HTTP, Kafka and PostgreSQL.
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { verifySignature } from '@carillon/slack';
import { signingSecret } from './testing/environment.ts';
import { eventBody, IngressStage, newTeam, type Ingress } from './testing/running-ingress.ts';

let stage: IngressStage;
let first: Ingress;
let second: Ingress;

beforeAll(async () => {
  stage = await IngressStage.open();
  first = await stage.start();
  second = await stage.start();
});
afterAll(() => stage.close());

const seconds = (): number => Math.floor(Date.now() / 1000);

describe('a request that Slack did not sign', () => {
  test.each([
    ['has no signature', { headers: { 'x-slack-signature': '' } }, 'unsigned'],
    ['has the signature of another secret', { secret: 'another' }, 'bad_signature'],
    ['is more than five minutes old', { at: seconds() - 310 }, 'stale'],
    ['is more than five minutes ahead', { at: seconds() + 310 }, 'stale'],
    ['has a timestamp that is no number', { headers: { 'x-slack-request-timestamp': '1e9' } }, 'stale'],
  ])('is answered with 401 and published nowhere where it %s', async (_, posted, reason) => {
    const team = newTeam();
    const counted = `carillon_ingress_refused_total{reason="${reason}"}`;
    const before = await first.metric(counted);
    expect((await first.post('/slack/events', eventBody(team), posted)).status).toBe(401);
    expect((await first.post('/slack/interactions', 'payload=%7B%7D', posted)).status).toBe(401);
    expect(await first.metric(counted)).toBe(before + 2);
    expect(stage.eventsOf(team)).toEqual([]);
  });

  test('is refused before its body arrived', async () => {
    const { port } = new URL(first.service.url);
    const socket = createConnection(Number(port), '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{"a":');
    expect(await answer).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });
});

test("Slack's published signature vector is accepted", async () => {
  // python-slack-sdk, tests/slack_sdk/signature; the timestamp is of 2018, so only the clock refuses it.
  const rawBody =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const vector = {
    signingSecret,
    timestamp: '1531420618',
    signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    rawBody,
  };
  expect(verifySignature({ ...vector, now: 1_531_420_618_000 })).toBe(true);
  const headers = { 'x-slack-request-timestamp': vector.timestamp, 'x-slack-signature': vector.signature };
  expect((await first.post('/slack/commands', rawBody, { headers })).status).toBe(401);
});

test('the challenge of url_verification is repeated', async () => {
  const body = JSON.stringify({
    token: 'x',
    challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    type: 'url_verification',
  });
  const answer = await first.post('/slack/events', body);
  expect(answer).toMatchObject({ status: 200, text: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' });
});

describe('an event', () => {
  test('is on Kafka when it is acknowledged, keyed by its team, and without the verification token', async () => {
    const team = newTeam();
    expect(await first.post('/slack/events', eventBody(team))).toMatchObject({ status: 200, text: '' });
    await until(() => stage.eventsOf(team).length === 1);
    const [event] = stage.eventsOf(team);
    expect(event).toMatchObject({
      key: team,
      eventType: 'team_join',
      appId: 'A1',
      payload: { event: { user: { id: 'U1' } } },
    });
    expect(event!.bytes).not.toContain('the-verification-token');
  });

  test('that Slack sends again is published once, by whichever process, at the same moment too', async () => {
    const team = newTeam();
    const body = eventBody(team);
    const answers = await Promise.all(
      [first, second, first, second, second].map((process) => process.post('/slack/events', body)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    const retry = { headers: { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' } };
    // That Kafka has the event is noted after the answer, so a retry that comes at once may be asked to come again.
    for (const process of [first, second])
      await until(async () => (await process.post('/slack/events', body, retry)).status === 200);
    await first.post('/slack/events', eventBody(team, { type: 'user_change' }));
    await until(() => stage.eventsOf(team).some(({ eventType }) => eventType === 'user_change'));
    expect(stage.eventsOf(team).map(({ eventType }) => eventType)).toEqual(['team_join', 'user_change']);
  });

  test('that Slack sends again is published once across a restart', async () => {
    const team = newTeam();
    const body = eventBody(team);
    const before = await stage.start();
    expect((await before.post('/slack/events', body)).status).toBe(200);
    await before.service.stop();
    const after = await stage.start();
    expect((await after.post('/slack/events', body)).status).toBe(200);
    await after.post('/slack/events', eventBody(team, { type: 'user_change' }));
    await until(() => stage.eventsOf(team).some(({ eventType }) => eventType === 'user_change'));
    expect(stage.eventsOf(team)).toHaveLength(2);
  });

  test('of a type that is new at Slack is published as it is', async () => {
    const team = newTeam();
    expect((await first.post('/slack/events', eventBody(team, { type: 'brand_new', deep: { a: [1] } }))).status).toBe(
      200,
    );
    expect(
      (
        await first.post(
          '/slack/events',
          JSON.stringify({
            type: 'app_rate_limited',
            team_id: team,
            minute_rate_limited: 1_518_467_820,
            api_app_id: 'A1',
          }),
        )
      ).status,
    ).toBe(200);
    await until(() => stage.eventsOf(team).length === 2);
    const types = stage.eventsOf(team).map(({ eventType }) => eventType);
    expect(types).toEqual(['brand_new', 'app_rate_limited']);
    expect(stage.eventsOf(team)[0]!.payload).toMatchObject({ event: { deep: { a: [1] } } });
  });

  test.each([
    { type: 'message', channel_type: 'channel', text: 'of other people' },
    { type: 'message', channel_type: 'mpim' },
    { type: 'reaction_added' },
    { type: 'file_shared' },
  ])('that Carillon does not subscribe to is acknowledged and kept nowhere: %j', async (event) => {
    const team = newTeam();
    expect((await first.post('/slack/events', eventBody(team, event))).status).toBe(200);
    await first.post('/slack/events', eventBody(team));
    await until(() => stage.eventsOf(team).length > 0);
    expect(stage.eventsOf(team).map(({ eventType }) => eventType)).toEqual(['team_join']);
  });

  test('about a message in a shared channel is published once although Slack delivers it for each workspace', async () => {
    const [ours, theirs] = [newTeam(), newTeam()];
    const mention = { type: 'app_mention', channel: 'C-SHARED', ts: `${seconds()}.000100`, text: 'hello' };
    const shared = { is_ext_shared_channel: true, api_app_id: `A${ours}` };
    for (const team of [ours, theirs])
      expect((await first.post('/slack/events', eventBody(team, mention, shared))).status).toBe(200);
    const joined = { type: 'member_joined_channel', user: 'U1', channel: 'C-SHARED' };
    for (const team of [ours, theirs]) await first.post('/slack/events', eventBody(team, joined, shared));
    await until(() => stage.eventsOf(theirs).length > 0 && stage.eventsOf(ours).length > 1);
    expect(stage.eventsOf(ours).map(({ eventType }) => eventType)).toEqual(['app_mention', 'member_joined_channel']);
    expect(stage.eventsOf(theirs).map(({ eventType }) => eventType)).toEqual(['member_joined_channel']);
  });

  test('in a shared channel belongs to the workspace whose installation sees it, not to that of the author', async () => {
    const [ours, theirs] = [newTeam(), newTeam()];
    const authorizations = [{ enterprise_id: null, team_id: ours, is_enterprise_install: false }];
    await first.post('/slack/events', eventBody(theirs, undefined, { authorizations, context_team_id: ours }));
    await until(() => stage.eventsOf(ours).length === 1);
  });

  test('of an organisation-wide installation names the workspace and the organisation', async () => {
    const team = newTeam();
    const authorizations = [{ enterprise_id: 'E1', team_id: null, is_enterprise_install: true }];
    await first.post(
      '/slack/events',
      eventBody(team, undefined, { authorizations, context_team_id: team, enterprise_id: 'E1' }),
    );
    await until(() => stage.eventsOf(team).length === 1);
    expect(stage.eventsOf(team)[0]).toMatchObject({ key: team, enterpriseId: 'E1' });
  });
});

describe('a body', () => {
  test('of more than 1 MB is refused, and Slack is told not to send it again', async () => {
    const body = eventBody(newTeam(), { type: 'team_join', fill: 'x'.repeat(1_100_000) });
    const answer = await first.post('/slack/events', body).catch(() => undefined);
    // The connection may be closed while the rest is still being sent.
    if (answer) {
      expect(answer.status).toBe(413);
      expect(answer.headers.get('x-slack-no-retry')).toBe('1');
    }
    expect(await first.metric('carillon_ingress_refused_total{reason="too_large"}')).toBeGreaterThan(0);
  });

  test.each([
    ['/slack/events', '{not json'],
    ['/slack/events', '{}'],
    ['/slack/events', '{"type":"event_callback"}'],
    ['/slack/interactions', 'payload=%7Bnot'],
    ['/slack/interactions', 'nothing=1'],
    ['/slack/commands', 'text=no+command'],
  ])('that Slack never sends is a 400: %s %s', async (path, body) => {
    const answer = await first.post(path, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 400, title: 'Bad Request' });
  });
});

describe('an interaction', () => {
  test('is on Kafka when it is acknowledged', async () => {
    const team = newTeam();
    const payload = {
      type: 'block_actions',
      token: 'secret-token',
      team: { id: team, domain: 'x' },
      user: { id: 'U1' },
      api_app_id: 'A1',
      actions: [{ action_id: 'open' }],
    };
    const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
    expect(await first.post('/slack/interactions', body)).toMatchObject({ status: 200, text: '' });
    const orgWide = {
      ...payload,
      type: 'view_submission',
      team: null,
      enterprise: { id: 'E1' },
      user: { id: 'U1', team_id: team },
    };
    await second.post('/slack/interactions', `payload=${encodeURIComponent(JSON.stringify(orgWide))}`);
    await until(() => stage.interactionsOf(team).length === 2);
    expect(stage.interactionsOf(team).map(({ kind, key }) => [kind, key])).toEqual([
      ['block_actions', team],
      ['view_submission', team],
    ]);
    expect(stage.interactionsOf(team)[0]!.bytes).not.toContain('secret-token');
  });

  test('may be a slash command, or of a kind that is new at Slack', async () => {
    const team = newTeam();
    const body = `token=secret&team_id=${team}&command=%2Fcarillon&text=help&user_id=U1&api_app_id=A1&is_enterprise_install=false`;
    expect((await first.post('/slack/commands', body)).status).toBe(200);
    const payload = JSON.stringify({ type: 'hologram', team: { id: team } });
    expect((await first.post('/slack/interactions', `payload=${encodeURIComponent(payload)}`)).status).toBe(200);
    await until(() => stage.interactionsOf(team).length === 2);
    expect(
      stage
        .interactionsOf(team)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['other', 'slash_command']);
  });

  test('that asks for options gets none', async () => {
    const payload = encodeURIComponent(JSON.stringify({ type: 'block_suggestion', team: { id: 'T1' } }));
    const answer = await first.post('/slack/options', `payload=${payload}`);
    expect(JSON.parse(answer.text)).toEqual({ options: [] });
  });
});

test('a second signing secret is accepted while the first one is exchanged', async () => {
  const rolling = await stage.start({ SLACK_SIGNING_SECRET: `new-secret, ${signingSecret}` });
  for (const secret of ['new-secret', signingSecret])
    expect((await rolling.post('/slack/events', eventBody(newTeam()), { secret })).status).toBe(200);
  expect((await rolling.post('/slack/events', eventBody(newTeam()), { secret: 'third' })).status).toBe(401);
});
