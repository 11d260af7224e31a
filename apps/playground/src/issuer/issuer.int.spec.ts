// The stand-in for the company's identity provider, asked as clients ask one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, type JWK } from 'jose';
import { startIssuer, type Issuer } from './issuer.ts';

describe('the issuer', () => {
  let issuer: Issuer;
  let key: JWK;
  const clients = { delivery: { secret: 's3cret', roles: ['service'] } };

  beforeAll(async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'one' };
    issuer = await startIssuer({ port: 0, key, clients });
  });

  afterAll(() => issuer.close());

  async function verified(token: string, url = issuer.url): Promise<Record<string, unknown>> {
    const discovery = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as {
      issuer: string;
      jwks_uri: string;
    };
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
      issuer: discovery.issuer,
      audience: 'carillon',
    });
    return payload;
  }

  const ask = (
    body: unknown,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<Response> =>
    fetch(`${issuer.url}/token`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

  it('gives a token for whoever one wants to be, that its published keys verify', async () => {
    const response = await ask({ tenant_id: 'acme', sub: 'ada', roles: ['admin'], email: 'ada@acme.test' });
    const { access_token: token } = (await response.json()) as { access_token: string };
    expect(await verified(token)).toMatchObject({
      sub: 'ada',
      tenant_id: 'acme',
      roles: ['admin'],
      email: 'ada@acme.test',
    });
  });

  it('names the field that is wrong', async () => {
    const response = await ask({ tenant_id: 'acme', sub: 'ada', roles: ['king'] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'roles.0' }] });
  });

  it.each([
    [
      'in the header',
      () => ask('grant_type=client_credentials', { ...form, authorization: basic('delivery', 's3cret') }),
    ],
    ['in the body', () => ask('grant_type=client_credentials&client_id=delivery&client_secret=s3cret', form)],
  ])('knows a service by its credentials %s', async (_where, request) => {
    const { access_token: token, token_type: type } = (await (await request()).json()) as {
      access_token: string;
      token_type: string;
    };
    expect(type).toBe('Bearer');
    const claims = await verified(token);
    expect(claims).toMatchObject({ sub: 'delivery', roles: ['service'] });
    expect(claims).not.toHaveProperty('tenant_id');
  });

  it.each([
    ['a wrong secret', basic('delivery', 'guess')],
    ['an unknown client', basic('nobody', 's3cret')],
    ['a name that objects have', basic('constructor', '')],
  ])('refuses %s', async (_what, authorization) => {
    expect((await ask('grant_type=client_credentials', { ...form, authorization })).status).toBe(401);
  });

  it('refuses another grant', async () => {
    const response = await ask('grant_type=password', { ...form, authorization: basic('delivery', 's3cret') });
    expect(await response.json()).toMatchObject({ error: 'unsupported_grant_type' });
  });

  it('lets tokens outlive a restart', async () => {
    const first = await startIssuer({ port: 0, key, clients });
    const token = await first.mint({ tenant_id: 'acme', sub: 'ada', roles: ['member'] });
    await first.close();
    const second = await startIssuer({ port: Number(new URL(first.url).port), key, clients });
    expect(await verified(token, second.url)).toMatchObject({ sub: 'ada' });
    await second.close();
  });
});
