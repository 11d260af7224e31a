import { expect, test } from '@jest/globals';
import { acme, direct, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();

async function raw(
  method: string,
  init: RequestInit,
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(`${slack.url}/api/${method}`, { method: 'POST', ...init });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

test('errors come as HTTP 200 with ok false', async () => {
  const { status, body } = await raw('auth.test', {});
  expect(status).toBe(200);
  expect(body).toEqual({ ok: false, error: 'not_authed' });
});

test('an unknown method, an unknown token and a missing scope are told apart', async () => {
  const client = await slack.installed('chat:write');
  expect(await refusal(client.apiCall('chat.shout'))).toBe('unknown_method');
  expect(await refusal(slack.client('xoxb-unknown').auth.test())).toBe('invalid_auth');
  const { body, headers } = await raw('users.list', { headers: { authorization: `Bearer ${client.token}` } });
  expect(body).toEqual({ ok: false, error: 'missing_scope', needed: 'users:read', provided: 'chat:write' });
  expect(headers.get('x-oauth-scopes')).toBe('chat:write');
  expect(headers.get('x-accepted-oauth-scopes')).toBe('users:read');
  expect(headers.get('x-slack-req-id')).toBeTruthy();
});

test('a token is taken from the header or a form, never from a JSON body', async () => {
  const token = await slack.install(direct);
  const json = { 'content-type': 'application/json; charset=utf-8' };
  expect((await raw('auth.test', { body: new URLSearchParams({ token }) })).body.ok).toBe(true);
  expect((await raw('auth.test', { headers: json, body: JSON.stringify({ token }) })).body.error).toBe('not_authed');
  expect((await raw('auth.test', { headers: { ...json, authorization: `Bearer ${token}` }, body: '{}' })).body.ok).toBe(
    true,
  );
});

test('form and JSON bodies post the same message, and bad bodies say what is bad', async () => {
  const authorization = `Bearer ${await slack.install(direct)}`;
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'hi' } }];
  const form = await raw('chat.postMessage', {
    headers: { authorization },
    body: new URLSearchParams({ channel: 'U0ADA', text: 'grüße 🎉', blocks: JSON.stringify(blocks) }),
  });
  const json = await raw('chat.postMessage', {
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'U0ADA', text: 'grüße 🎉', blocks }),
  });
  expect(form.body.message).toMatchObject({ text: 'grüße 🎉', blocks: [{ text: { text: 'hi' } }] });
  expect(json.body.message).toMatchObject({ text: 'grüße 🎉', blocks: [{ text: { text: 'hi' } }] });
  expect(json.body).toMatchObject({ warning: 'missing_charset', response_metadata: { warnings: ['missing_charset'] } });
  const bad = (type: string, body: string) =>
    raw('chat.postMessage', { headers: { authorization, 'content-type': type }, body }).then((r) => r.body.error);
  expect(await bad('application/json', '{')).toBe('invalid_json');
  expect(await bad('application/json', '[]')).toBe('json_not_object');
  expect(await bad('text/plain', 'x')).toBe('invalid_post_type');
});

test('who calls is checked first, then limits and scopes, and only then what is said', async () => {
  const token = await slack.install('chat:write');
  const bad = (method: string, bearer: string, body = '{') =>
    raw(method, { headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }, body }).then(
      (r) => r.body.error,
    );
  expect(await bad('chat.postMessage', 'xoxb-unknown')).toBe('invalid_auth');
  expect(await bad('users.list', token)).toBe('missing_scope');
  expect(await bad('chat.postMessage', token)).toBe('invalid_json');
  const sender = JSON.stringify({ channel: 'C0NOWHERE', username: 'Reports' });
  expect(await bad('chat.postMessage', token, sender)).toBe('missing_scope');
  expect(await bad('conversations.history', token, '{"channel":"C0NOWHERE"}')).toBe('missing_scope');
  await slack.control('POST', 'faults', { kind: 'rate_limit', method: 'users.list', count: 1 });
  expect(await bad('users.list', token)).toBe('ratelimited');
});

test('a revoked token and a removed app are told apart', async () => {
  const client = await slack.installed(direct);
  await slack.control('POST', 'tokens/revoke', { team: acme.id });
  expect(await refusal(client.auth.test())).toBe('token_revoked');
  const again = await slack.installed(direct);
  await slack.control('POST', 'uninstall', { team: acme.id });
  expect(await refusal(again.auth.test())).toBe('account_inactive');
});

test('auth.revoke ends the token and with it the app; its test mode does not', async () => {
  const client = await slack.installed(direct);
  expect(await client.auth.revoke({ test: true })).toMatchObject({ revoked: false });
  expect(await client.auth.revoke({})).toMatchObject({ revoked: true });
  expect(await refusal(client.auth.test())).toBe('token_revoked');
  const { items } = await slack.control<{ items: { installed: boolean }[] }>('GET', 'workspaces');
  expect(items[0]?.installed).toBe(false);
});

test('apps.uninstall wants the app’s own credentials', async () => {
  const client = await slack.installed(direct);
  const { clientId, clientSecret } = slack.simulator.app;
  expect(await refusal(client.apps.uninstall({ client_id: clientId, client_secret: 'x' }))).toBe('bad_client_secret');
  expect(await refusal(client.apps.uninstall({ client_id: clientId, client_secret: clientSecret }))).toBe('ok');
  expect(await refusal(client.auth.test())).toBe('account_inactive');
});

test('every request is counted by method and kept with its channel and error', async () => {
  const client = await slack.installed(direct);
  await client.chat.postMessage({ channel: 'U0ADA', text: 'one' });
  await refusal(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'two' }));
  const summary = await slack.control('GET', `requests?method=chat.postMessage&team=${acme.id}`);
  expect(summary).toMatchObject({
    total: 2,
    byMethod: { 'chat.postMessage': { ok: 1, errors: 1, rateLimited: 0 } },
    items: [
      { method: 'chat.postMessage', team: acme.id, channel: 'U0ADA', ok: true, status: 200, rateLimited: false },
      { channel: 'C0NOWHERE', ok: false, error: 'channel_not_found' },
    ],
  });
});
