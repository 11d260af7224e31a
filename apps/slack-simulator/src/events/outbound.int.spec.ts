import { createHmac } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { AppServer, type Received } from '../testing/app-server.ts';
import { acme, direct, useSimulator } from '../testing/fixture.ts';
import { signedHeaders } from './sign.ts';
import type { Delivery } from './outbound.ts';

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
let door: AppServer;
const slack = useSimulator(async () => {
  door = await AppServer.open();
  return {
    signingSecret,
    eventsUrl: `${door.url}/events`,
    interactionsUrl: `${door.url}/interactions`,
    commandsUrl: `${door.url}/commands`,
    retryDelaysMs: [0, 5, 10],
  };
});
beforeEach(() => {
  door.received.length = 0;
  door.answer = () => ({ status: 200 });
});
afterAll(() => door.close());

function isSigned(request: Received): boolean {
  const at = request.headers['x-slack-request-timestamp'];
  const mac = createHmac('sha256', signingSecret).update(`v0:${at}:${request.body}`).digest('hex');
  return request.headers['x-slack-signature'] === `v0=${mac}` && Math.abs(Date.now() / 1000 - Number(at)) < 60;
}

test('the signature is the one of Slack’s published example', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  expect(signedHeaders(signingSecret, body, 1_531_420_618)['x-slack-signature']).toBe(
    'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  );
});

test('an event arrives signed, in Slack’s envelope', async () => {
  const delivery = await slack.control<Delivery>('POST', 'events', {
    team: acme.id,
    event: { type: 'team_join', user: { id: 'U0NEW' } },
  });
  expect(delivery.state).toBe('delivered');
  const got = door.received[0]!;
  expect(isSigned(got)).toBe(true);
  expect(JSON.parse(got.body)).toMatchObject({
    type: 'event_callback',
    team_id: acme.id,
    event_id: delivery.eventId,
    event: { type: 'team_join', user: { id: 'U0NEW' } },
    authorizations: [{ team_id: acme.id, is_bot: true }],
  });
});

test('a failed event is sent again three times, with the number and the reason', async () => {
  door.answer = (_, count) => ({ status: count < 4 ? 500 : 200 });
  const first = await slack.control<Delivery>('POST', 'events', { team: acme.id, event: { type: 'team_join' } });
  await door.count(4);
  expect(door.received.map((r) => [r.headers['x-slack-retry-num'], r.headers['x-slack-retry-reason']])).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_error'],
    ['3', 'http_error'],
  ]);
  expect(new Set(door.received.map((r) => (JSON.parse(r.body) as { event_id: string }).event_id))).toEqual(
    new Set([first.eventId]),
  );
});

test('x-slack-no-retry stops the retries', async () => {
  door.answer = () => ({ status: 500, headers: { 'x-slack-no-retry': '1' } });
  const delivery = await slack.control<Delivery>('POST', 'events', { team: acme.id, event: { type: 'team_join' } });
  expect(delivery).toMatchObject({ state: 'failed', attempts: [{ status: 500, failure: 'http_error' }] });
});

test('revoked tokens are announced by user id, a removed app by both events', async () => {
  const client = await slack.installed(direct);
  const { user_id } = await client.auth.test();
  await slack.control('POST', 'tokens/revoke', { team: acme.id });
  await door.count(1);
  expect((JSON.parse(door.received[0]!.body) as { event: object }).event).toEqual({
    type: 'tokens_revoked',
    tokens: { bot: [user_id] },
  });
  await slack.install(direct);
  await slack.control('POST', 'uninstall', { team: acme.id });
  await door.count(3);
  const types = door.received.slice(1).map((r) => (JSON.parse(r.body) as { event: { type: string } }).event.type);
  expect(types.sort()).toEqual(['app_uninstalled', 'tokens_revoked']);
});

test('a click carries the clicked element, the message and a response URL that replaces it', async () => {
  const client = await slack.installed(direct);
  const blocks = [
    {
      type: 'actions',
      block_id: 'b',
      elements: [{ type: 'button', action_id: 'reload', value: 'r-1', text: { type: 'plain_text', text: 'Reload' } }],
    },
  ];
  const { channel, ts } = await client.chat.postMessage({ channel: 'U0ADA', text: 'one', blocks: blocks });
  await slack.control('POST', 'interactions', { team: acme.id, user: 'U0ADA', channel, ts, actionId: 'reload' });
  const got = door.received[0]!;
  expect(isSigned(got)).toBe(true);
  const payload = JSON.parse(new URLSearchParams(got.body).get('payload') ?? '') as { response_url: string };
  expect(payload).toMatchObject({
    type: 'block_actions',
    user: { id: 'U0ADA' },
    container: { message_ts: ts, channel_id: channel },
    actions: [{ action_id: 'reload', block_id: 'b', value: 'r-1', type: 'button' }],
  });
  const answer = () =>
    fetch(payload.response_url, {
      method: 'POST',
      body: JSON.stringify({ replace_original: true, text: 'two', blocks: [] }),
    });
  expect((await answer()).status).toBe(200);
  expect(await slack.messages()).toMatchObject([{ ts, text: 'two' }]);
  for (let i = 0; i < 4; i++) expect((await answer()).status).toBe(200);
  expect((await answer()).status).toBe(404);
});

test('a slash command arrives as a signed form', async () => {
  await slack.control('POST', 'commands', { team: acme.id, user: 'U0ADA', command: '/carillon', text: 'mute' });
  const got = door.received[0]!;
  expect(isSigned(got)).toBe(true);
  expect(Object.fromEntries(new URLSearchParams(got.body))).toMatchObject({
    command: '/carillon',
    text: 'mute',
    team_id: acme.id,
    user_id: 'U0ADA',
    channel_name: 'directmessage',
    is_enterprise_install: 'false',
  });
});
