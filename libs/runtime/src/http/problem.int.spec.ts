import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, type TestService } from '../testing/index.ts';

let service: TestService;

beforeAll(async () => {
  service = await startForTest({
    config: sampleConfig,
    module: SampleModule,
    env: { AUTH_ISSUERS: 'http://127.0.0.1:9' },
    offline: true,
  });
});
afterAll(() => service.stop());

const get = (path: string) => service.request('GET', path);
const post = (body: unknown, headers = {}) => service.request('POST', '/v1/messages', { body, headers });

describe('what a caller is told when something is wrong', () => {
  test('every wrong field by its path, as problem+json', async () => {
    const answer = await post({ to: [{ member: 'ada' }, { member: 3 }] });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'not valid: to[1].member, body',
      errors: [{ path: 'to[1].member' }, { path: 'body' }],
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test('a misspelt field by its own name, and of a choice only what comes closest', async () => {
    const answer = await service.request('POST', '/v1/notices', { body: { titel: 'x', to: [{ membr: 'a' }] } });
    expect(answer.body).toMatchObject({
      status: 400,
      detail: 'not valid: title, to[0].member, to[0].membr, titel',
      errors: expect.arrayContaining([
        { path: 'titel', message: 'unknown field' },
        { path: 'title', message: 'is missing' },
        { path: 'to[0].membr', message: 'unknown field' },
      ]) as unknown,
    });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', ''])(
    'that a body of type "%s" is not read here, as a 415',
    async (type) => {
      const answer = await service.request('POST', '/v1/messages', {
        body: 'body=hi',
        headers: { 'content-type': type },
      });
      expect(answer).toMatchObject({ status: 415, body: { title: 'Unsupported Media Type', status: 415 } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  test('a wrong query parameter by its name', async () => {
    expect((await get('/v1/messages?limit=1000&status=maybe')).body).toMatchObject({
      errors: [{ path: 'limit' }, { path: 'status' }],
    });
  });

  test('a body that is not JSON is a 400', async () => {
    expect(await post('{"to":')).toMatchObject({ status: 400, body: { title: 'Bad Request', status: 400 } });
  });

  test('a missing body names the body', async () => {
    expect(await service.request('POST', '/v1/messages')).toMatchObject({
      status: 400,
      body: { detail: 'the body is missing', errors: [{ path: '' }] },
    });
  });

  test('a body that is too large is a 413', async () => {
    expect(await post({ to: [], body: 'x'.repeat(1_100_000) })).toMatchObject({ status: 413, body: { status: 413 } });
  });

  test('a problem as it was thrown', async () => {
    expect(await get('/v1/fails/conflict')).toMatchObject({
      status: 409,
      body: { title: 'Conflict', detail: 'it is there already' },
    });
    expect(await get('/v1/fails/nest')).toMatchObject({ status: 410, body: { detail: 'gone for good' } });
    expect(await get('/v1/nowhere')).toMatchObject({ status: 404, body: { title: 'Not Found' } });
  });

  test('nothing about a defect but the trace id', async () => {
    const answer = await get('/v1/fails/defect');
    expect(answer).toMatchObject({
      status: 500,
      body: { status: 500, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown },
    });
    expect(answer.text).not.toContain('hush');
  });

  test('to come back, when something this needs is away', async () => {
    const answer = await get('/v1/fails/later');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.text).not.toContain('10.0.0.1');
  });
});

describe('what every service answers', () => {
  test('a valid body arrives as its schema reads it', async () => {
    expect((await post({ to: [{ member: 'ada' }], body: ' hi ', more: 1 })).body).toEqual({
      received: { to: [{ member: 'ada' }], body: 'hi' },
    });
  });

  test('/healthz and /readyz without a token', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready', checks: {} } });
  });

  test('/metrics with the time each route took, ids left out', async () => {
    await get('/v1/nowhere/an-id-nobody-measures');
    const { text } = await get('/metrics');
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/v1\/fails\/conflict",http_response_status_code="409"\} 1/,
    );
    expect(text).not.toContain('an-id-nobody-measures');
    expect(text).not.toContain('route="/metrics"');
  });
});
