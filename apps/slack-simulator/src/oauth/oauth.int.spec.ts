import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { InstallProvider, LogLevel } from '@slack/oauth';
import { acme, direct, redirectUri, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();

test('the official InstallProvider installs the app from install page to stored bot token', async () => {
  const { clientId, clientSecret } = slack.simulator.app;
  const provider = new InstallProvider({
    clientId,
    clientSecret,
    stateSecret: 'state-secret',
    directInstall: true,
    authorizationUrl: `${slack.url}/oauth/v2/authorize`,
    clientOptions: { slackApiUrl: `${slack.url}/api/` },
    logLevel: LogLevel.ERROR,
  });
  const scopes = direct.split(',');
  const app = createServer((req, res) => {
    if (req.url?.startsWith('/install')) void provider.handleInstallPath(req, res, {}, { scopes, redirectUri });
    else void provider.handleCallback(req, res);
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  try {
    const start = await fetch(`${appUrl}/install`, { redirect: 'manual' });
    const cookie = (start.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const authorizeUrl = new URL(start.headers.get('location') ?? '');
    const page = await (await fetch(authorizeUrl)).text();
    expect(page).toContain('>Allow</button>');
    expect(page).toContain('>Cancel</button>');

    const back = await slack.decide(Object.fromEntries(authorizeUrl.searchParams), {
      team: acme.id,
      decision: 'allow',
    });
    const done = await fetch(`${appUrl}/callback${back.search}`, { headers: { cookie } });
    expect(done.status).toBe(200);

    const installation = await provider.installationStore.fetchInstallation({
      teamId: acme.id,
      enterpriseId: undefined,
      isEnterpriseInstall: false,
    });
    expect(installation.bot?.scopes).toEqual(scopes);
    expect(installation.user.id).toBe('U0ADA');
    const client = slack.client(installation.bot?.token ?? '');
    expect(await client.auth.test()).toMatchObject({
      team_id: acme.id,
      bot_id: installation.bot?.id,
      user_id: installation.bot?.userId,
    });
  } finally {
    app.closeAllConnections();
    app.close();
  }
});

test('Cancel goes back with access_denied and the state untouched', async () => {
  const back = await slack.decide({ scope: direct, state: 'a b&c' }, { team: acme.id, decision: 'cancel' });
  expect(Object.fromEntries(back.searchParams)).toEqual({ error: 'access_denied', state: 'a b&c' });
});

test('a code is taken once, only from the app, and only with the redirect it was made for', async () => {
  const code = await slack.code(direct);
  expect(await slack.access({ code, client_id: 'other' })).toMatchObject({ ok: false, error: 'invalid_client_id' });
  expect(await slack.access({ code, client_secret: 'wrong' })).toMatchObject({ error: 'bad_client_secret' });
  expect(await slack.access({ code, redirect_uri: 'http://app.test/other' })).toMatchObject({
    error: 'bad_redirect_uri',
  });
  expect(await slack.access({ code, grant_type: 'password' })).toMatchObject({ error: 'invalid_grant_type' });
  expect(await slack.access({ code })).toMatchObject({
    ok: true,
    token_type: 'bot',
    scope: direct,
    team: { id: acme.id, name: 'Acme' },
    enterprise: null,
    is_enterprise_install: false,
  });
  expect(await slack.access({ code })).toMatchObject({ ok: false, error: 'invalid_code' });
});

test('client credentials in HTTP Basic are as good as in the form', async () => {
  const { clientId, clientSecret } = slack.simulator.app;
  const body = new URLSearchParams({ code: await slack.code(direct), redirect_uri: redirectUri });
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const response = await fetch(`${slack.url}/api/oauth.v2.access`, {
    method: 'POST',
    body,
    headers: { authorization },
  });
  expect(await response.json()).toMatchObject({ ok: true, token_type: 'bot' });
});

test.each([
  ['an unknown client', { client_id: 'x' }, 'invalid_client_id'],
  ['a redirect that is not registered', { redirect_uri: 'http://evil.test/' }, 'bad_redirect_uri'],
  ['a scope that does not exist', { scope: 'chat:shout' }, 'invalid_scope'],
  ['sign-in mixed with other scopes', { user_scope: 'openid' }, 'invalid_scope'],
  ['no scope at all', { scope: '' }, 'no_scopes'],
])('%s is refused on the page, without going back to the app', async (_, wrong, error) => {
  const query = new URLSearchParams({
    client_id: slack.simulator.app.clientId,
    redirect_uri: redirectUri,
    scope: direct,
    ...wrong,
  });
  const response = await fetch(`${slack.url}/oauth/v2/authorize?${query.toString()}`, { redirect: 'manual' });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(error);
});

test('scopes add up over reinstalls and the bot keeps its token', async () => {
  const first = await slack.access({ code: await slack.code('chat:write') });
  const second = await slack.access({ code: await slack.code('users:read') });
  expect(second).toMatchObject({
    scope: 'chat:write,users:read',
    access_token: first.access_token,
    bot_user_id: first.bot_user_id,
  });
});

test('after an uninstall a new installation starts with its own scopes and a new token', async () => {
  const first = await slack.access({ code: await slack.code(direct) });
  await slack.control('POST', 'uninstall', { team: acme.id });
  const second = await slack.access({ code: await slack.code('chat:write') });
  expect(second.scope).toBe('chat:write');
  expect(second.access_token).not.toBe(first.access_token);
  expect(second.bot_user_id).toBe(first.bot_user_id);
});

test('the workspace and the person chosen on the page are the ones that count', async () => {
  await slack.control('POST', 'workspaces', { id: 'T0OTHER', name: 'Other', users: [{ id: 'U0EVE', name: 'Eve' }] });
  const page = await (
    await fetch(
      `${slack.url}/oauth/v2/authorize?client_id=${slack.simulator.app.clientId}&scope=chat:write&team=T0OTHER&redirect_uri=${redirectUri}`,
    )
  ).text();
  expect(page).toContain('<option value="T0OTHER" selected>');
  const back = await slack.decide({ scope: 'chat:write' }, { team: acme.id, user: 'U0BEN', decision: 'allow' });
  expect(await slack.access({ code: back.searchParams.get('code') ?? '' })).toMatchObject({
    team: { id: acme.id },
    authed_user: { id: 'U0BEN' },
  });
});

test('with PKCE only the holder of the verifier gets the token', async () => {
  const verifier = 'v'.repeat(50);
  const challenge = {
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  expect(await slack.access({ code: await slack.code(direct, challenge), code_verifier: 'wrong' })).toMatchObject({
    error: 'invalid_code_verifier',
  });
  expect(await slack.access({ code: await slack.code(direct, challenge) })).toMatchObject({
    error: 'invalid_code_verifier',
  });
  expect(await slack.access({ code: await slack.code(direct, challenge), code_verifier: verifier })).toMatchObject({
    ok: true,
  });
});

test('a verifier for a code that was made without a challenge is refused', async () => {
  expect(await slack.access({ code: await slack.code(direct), code_verifier: 'v'.repeat(50) })).toMatchObject({
    error: 'invalid_code_verifier',
  });
});

test('only the scopes that a person grants count, however many were asked for', async () => {
  const back = await slack.decide(
    { scope: 'chat:write,users:read,assistant:write' },
    { team: acme.id, decision: 'allow', granted: 'chat:write' },
  );
  const answer = await slack.access({ code: back.searchParams.get('code') ?? '' });
  expect(answer.scope).toBe('chat:write');
  const client = slack.client(String(answer.access_token));
  expect(await refusal(client.chat.postMessage({ channel: 'U0ADA', text: 'hi' }))).toBe('ok');
  expect(await refusal(client.users.list({}))).toBe('missing_scope');
});

test('with rotation tokens expire, are refreshed, and at most two are alive', async () => {
  await slack.control('POST', 'workspaces', { id: acme.id, rotation: true });
  const first = await slack.access({ code: await slack.code(direct) });
  expect(first).toMatchObject({
    access_token: expect.stringMatching(/^xoxe\.xoxb-1-/),
    refresh_token: expect.stringMatching(/^xoxe-1-/),
    expires_in: 43_200,
  });
  const refresh = (token: unknown) => slack.access({ grant_type: 'refresh_token', refresh_token: String(token) });
  const second = await refresh(first.refresh_token);
  expect(await refusal(slack.client(String(first.access_token)).auth.test())).toBe('ok');
  const third = await refresh(second.refresh_token);
  expect(await refusal(slack.client(String(first.access_token)).auth.test())).toBe('token_revoked');
  expect(await refusal(slack.client(String(third.access_token)).auth.test())).toBe('ok');
  expect(await refresh('xoxe-1-unknown')).toMatchObject({ error: 'invalid_refresh_token' });
});

test('an expired token says so', async () => {
  await slack.control('POST', 'workspaces', { id: acme.id, rotation: true, tokenLifetimeSeconds: 1 });
  const client = await slack.installed(direct);
  let error = 'ok';
  for (const until = Date.now() + 5000; error === 'ok' && Date.now() < until; )
    error = await refusal(client.auth.test());
  expect(error).toBe('token_expired');
});

test('a token from before rotation is exchanged once', async () => {
  const { clientId, clientSecret } = slack.simulator.app;
  const token = await slack.install(direct);
  const exchange = async () =>
    (await (
      await fetch(`${slack.url}/api/oauth.v2.exchange`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, token }),
      })
    ).json()) as object;
  expect(await exchange()).toMatchObject({ error: 'token_rotation_not_enabled' });
  await slack.control('POST', 'workspaces', { id: acme.id, rotation: true });
  expect(await exchange()).toMatchObject({ ok: true, refresh_token: expect.any(String) });
  expect(await exchange()).toMatchObject({ error: 'invalid_token' });
});
