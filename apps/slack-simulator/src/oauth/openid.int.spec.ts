import { expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { acme, redirectUri, refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();

test('Sign in with Slack gives an id token that verifies against the published keys', async () => {
  const discovery = (await (await fetch(`${slack.url}/.well-known/openid-configuration`)).json()) as Record<
    string,
    string
  >;
  const back = await slack.decide(
    { response_type: 'code', scope: 'openid email profile', nonce: 'n-1', state: 's-1' },
    { team: acme.id, user: 'U0BEN', decision: 'allow' },
    '/openid/connect/authorize',
  );
  expect(back.searchParams.get('state')).toBe('s-1');
  const client = slack.client('');
  const { clientId, clientSecret } = slack.simulator.app;
  const answer = await client.openid.connect.token({
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: redirectUri,
    code: back.searchParams.get('code') ?? '',
  });
  const { payload } = await jwtVerify(answer.id_token ?? '', createRemoteJWKSet(new URL(discovery.jwks_uri ?? '')), {
    issuer: discovery.issuer ?? '',
    audience: clientId,
  });
  expect(payload).toMatchObject({
    sub: 'U0BEN',
    nonce: 'n-1',
    email: 'ben@acme.test',
    name: 'Ben Miller',
    'https://slack.com/team_id': acme.id,
  });
  const info = await slack.client(answer.access_token ?? '').openid.connect.userInfo();
  expect(info).toMatchObject({
    sub: 'U0BEN',
    'https://slack.com/team_name': 'Acme',
    'https://slack.com/team_domain': 'acme',
  });
});

test('a code for signing in is not a code for installing', async () => {
  const back = await slack.decide(
    { response_type: 'code', scope: 'openid' },
    { team: acme.id, decision: 'allow' },
    '/openid/connect/authorize',
  );
  expect(await slack.access({ code: back.searchParams.get('code') ?? '' })).toMatchObject({ error: 'invalid_code' });
});

test('userInfo wants a token that signed in', async () => {
  expect(await refusal(slack.client(await slack.install('chat:write')).openid.connect.userInfo())).toBe(
    'missing_scope',
  );
});

const back = (nonce?: object, more: object = {}): Promise<URL> =>
  slack.decide(
    { response_type: 'code', scope: 'openid', ...nonce, ...more },
    { team: acme.id, user: 'U0BEN', decision: 'allow' },
    '/openid/connect/authorize',
  );
const exchange = async (code: string | null, more: object = {}): Promise<Record<string, unknown>> => {
  const { clientId, clientSecret } = slack.simulator.app;
  const form = { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri, ...(code && { code }) };
  const answer = await fetch(`${slack.url}/api/openid.connect.token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, ...more }),
  });
  return (await answer.json()) as Record<string, unknown>;
};

test('without a nonce the id token has an empty one', async () => {
  const { id_token: idToken } = await exchange((await back()).searchParams.get('code'));
  expect(decodeJwt(idToken as string)).toMatchObject({ nonce: '', sub: 'U0BEN' });
});

test('a client secret together with PKCE is an internal error', async () => {
  const code_verifier = 'v'.repeat(43);
  const challenge = { code_challenge: code_verifier, code_challenge_method: 'plain' };
  const code = (await back({ nonce: 'n-1' }, challenge)).searchParams.get('code');
  expect(await exchange(code, { code_verifier })).toMatchObject({ ok: false, error: 'internal_error' });
});

test("errors of the exchange are OAuth's words", async () => {
  const code = (await back({ nonce: 'n-1' })).searchParams.get('code');
  const errors = [
    await exchange(code, { client_secret: 'another' }),
    await exchange(code, { grant_type: 'password' }),
    await exchange(null),
    await exchange('unknown'),
    await exchange(code, { redirect_uri: 'http://app.test/other' }),
  ];
  expect(errors.map(({ error }) => error)).toEqual([
    ...['invalid_client', 'unsupported_grant_type', 'invalid_request', 'invalid_grant', 'invalid_grant'],
  ]);
  expect(await exchange(code)).toMatchObject({ ok: true });
  expect(await exchange(code)).toMatchObject({ error: 'invalid_grant' });
});
