import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startForTest,
  testIssuer,
  undecidedRoutes,
  type TestIssuer,
  type TestService,
} from '@carillon/runtime/testing';
import { service } from './service.ts';

describe('AppModule', () => {
  let issuer: TestIssuer;
  let app: TestService;

  beforeAll(async () => {
    issuer = await testIssuer();
    app = await startForTest({
      ...service,
      offline: true,
      env: {
        ...issuer.env,
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
        KAFKA_BROKERS: '127.0.0.1:1',
        SERVICE_TOKEN_URL: issuer.tokenUrl,
        SERVICE_CLIENT_ID: 'directory-sync',
        SERVICE_CLIENT_SECRET: 'secret',
        INSTALLATION_URL: 'http://127.0.0.1:1',
      },
    });
  });

  afterAll(async () => {
    await app.stop();
    await issuer.close();
  });

  it('boots with everything injected', async () => {
    expect(await app.request('GET', '/healthz')).toMatchObject({ status: 200 });
  });

  it('decides for every route who may call it', () => {
    expect(undecidedRoutes(app.app)).toEqual([]);
  });

  it('refuses callers without a token or without the role', async () => {
    expect((await app.request('GET', '/v1/people')).status).toBe(401);
    expect((await app.request('GET', '/v1/people', { token: await issuer.token({ roles: ['member'] }) })).status).toBe(
      403,
    );
  });

  it.each([
    ['PUT', '/v1/members/ada', { email: 'no', name: '' }, ['email', 'name']],
    ['PUT', '/v1/members/a%20da', { email: 'ada@acme.test', name: 'Ada' }, ['member']],
    ['PUT', '/v1/members/ada', { email: 'ada@acme.test', name: 'Ada', timeZone: 'Paris' }, ['timeZone']],
    [
      'POST',
      '/v1/members/batch',
      {
        members: [
          { memberId: 'a', email: 'a@x.test', name: 'A' },
          { memberId: 'a', email: 'no', name: 'A' },
        ],
      },
      ['members[1].email', 'members[1].memberId'],
    ],
    ['PUT', '/v1/people/ada/links/i-1', {}, ['email']],
    ['GET', '/v1/people?status=odd', undefined, ['status']],
    ['GET', '/v1/channels?private=perhaps', undefined, ['private']],
  ] as const)('%s %s names the field that is wrong', async (method, path, body, fields) => {
    const answer = await app.request(method, path, {
      token: await issuer.token({ roles: ['admin'] }),
      ...(body ? { body } : {}),
    });
    expect(answer.status).toBe(400);
    expect((answer.body as { errors: { path: string }[] }).errors.map((error) => error.path)).toEqual(fields);
  });

  it('describes its routes', async () => {
    const answer = await app.request('GET', '/openapi.json');
    expect(Object.keys((answer.body as { paths: object }).paths)).toEqual(
      expect.arrayContaining(['/v1/people', '/v1/members/batch', '/v1/syncs/{id}']),
    );
  });
});
