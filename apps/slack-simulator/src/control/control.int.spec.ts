import { expect, test } from '@jest/globals';
import { acme, direct, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();

async function problem(
  path: string,
  body: unknown,
  method = 'POST',
): Promise<{ status: number; type: string | null; paths: string[] }> {
  const response = await fetch(`${slack.url}/_sim/${path}`, {
    method,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { errors = [] } = (await response.json()) as { errors?: { path: string }[] };
  return { status: response.status, type: response.headers.get('content-type'), paths: errors.map((e) => e.path) };
}

test.each([
  ['workspaces', { name: 'X', users: [{ name: 'A' }, { name: 'B', emial: 'b@x.test' }] }, 'users.1.emial'],
  ['workspaces', { users: [] }, 'name'],
  ['workspaces', { name: 'X', users: [{ name: 'A', tz: 'Mars/Olympus' }] }, 'users.0.tz'],
  ['workspaces', { name: 'X', channels: [{ name: 'general', members: ['U0NOBODY'] }] }, 'channels.0.members.0'],
  ['faults', [{ kind: 'earthquake' }], '0.kind'],
  ['faults', [{ kind: 'error', value: 5 }], '0.value'],
  ['faults', [{ kind: 'error', probability: 2 }], '0.probability'],
  ['limits', { channelPerSecond: -1 }, 'channelPerSecond'],
  ['limits', { perSecond: 1 }, 'perSecond'],
  ['limits', { workspaceShape: 'round' }, 'workspaceShape'],
  ['tokens/revoke', {}, 'team'],
  ['members', { team: 'T0ACME', channel: 'C0TEAM', add: ['U0NOBODY'] }, 'add.0'],
  ['events', { team: 'T0ACME', event: {} }, 'event.type'],
  ['orgs', { id: 'T0ACME' }, 'id'],
  ['orgs/access', { enterprise: 'E0X', grants: [] }, 'grants'],
  ['manifest', {}, 'manifest'],
  ['interactions', { team: 'T0ACME', user: 'U0NOBODY', url: 'http://127.0.0.1:1/' }, 'user'],
])('%s with %j is a 400 that names %s', async (path, body, field) => {
  expect(await problem(path, body)).toEqual({
    status: 400,
    type: 'application/problem+json; charset=utf-8',
    paths: [field],
  });
});

test('unknown workspaces, routes and verbs are told apart', async () => {
  expect((await problem('uninstall', { team: 'T0NOWHERE' })).status).toBe(404);
  expect((await problem('conversations/remove', { team: 'T0ACME', channel: 'C0NOWHERE' })).status).toBe(404);
  expect((await problem('nothing', {})).status).toBe(404);
  expect((await problem('reset', {}, 'PUT')).status).toBe(405);
  expect((await problem('faults', '{')).status).toBe(400);
});

test('a workspace that exists is added to, and what is not named stays', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'workspaces', {
    id: acme.id,
    users: [
      { id: 'U0NEW', name: 'New Person' },
      { id: 'U0BEN', name: 'Benjamin Miller' },
    ],
    channels: [{ id: 'C0NEWS', name: 'news', members: ['bot'] }],
  });
  expect((await client.users.info({ user: 'U0NEW' })).user?.real_name).toBe('New Person');
  expect((await client.users.info({ user: 'U0BEN' })).user?.profile).toMatchObject({
    real_name: 'Benjamin Miller',
    email: 'ben@acme.test',
  });
  expect(await refusal(client.chat.postMessage({ channel: 'C0NEWS', text: 'hi' }))).toBe('ok');
});

test('messages are found by workspace, channel and person, in the order of posting', async () => {
  const client = await slack.installed('chat:write');
  await client.chat.postMessage({ channel: 'U0ADA', text: 'one' });
  await client.chat.postMessage({ channel: 'C0GENERAL', text: 'two' });
  await client.chat.postMessage({ channel: 'U0BEN', text: 'three' });
  const texts = async (filter: string) => (await slack.messages(filter)).map((m) => m.text);
  expect(await texts(`team=${acme.id}`)).toEqual(['one', 'two', 'three']);
  expect(await texts('user=U0BEN')).toEqual(['three']);
  expect(await texts('channel=C0GENERAL')).toEqual(['two']);
  expect(await texts('limit=1')).toEqual(['three']);
  expect(await texts('team=T0NOWHERE')).toEqual([]);
});

test('a reset leaves nothing behind', async () => {
  const client = await slack.installed('chat:write');
  await client.chat.postMessage({ channel: 'U0ADA', text: 'one' });
  await slack.control('POST', 'faults', [{ kind: 'http_500' }]);
  await slack.control('POST', 'reset');
  expect(await slack.control('GET', 'workspaces')).toEqual({ items: [] });
  expect(await slack.control('GET', 'requests')).toEqual({ total: 0, byMethod: {}, items: [] });
  expect(await slack.control('GET', 'faults')).toEqual({ items: [] });
  expect(await slack.messages()).toEqual([]);
  expect(await refusal(client.auth.test())).toBe('invalid_auth');
});

test('healthz says that it is alive', async () => {
  expect((await fetch(`${slack.url}/healthz`)).status).toBe(200);
});
