import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { undocumentedAnswers } from './describe-answers.ts';
import { SampleModule, sampleConfig } from '../testing/sample-service.ts';
import { startForTest, type TestService } from '../testing/index.ts';

let service: TestService;
let document: OpenAPIObject;

beforeAll(async () => {
  service = await startForTest({
    config: sampleConfig,
    module: SampleModule,
    env: { AUTH_ISSUERS: 'http://127.0.0.1:9' },
    offline: true,
  });
  document = (await service.request('GET', '/openapi.json')).body as OpenAPIObject;
});
afterAll(() => service.stop());

describe('/openapi.json', () => {
  test('has every route, and who may call it', () => {
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/healthz', '/v1/me', '/v1/messages']));
    expect(document.paths['/v1/me']?.get).toMatchObject({
      security: [{ bearer: [] }],
      description: 'Roles: member, admin.',
    });
    expect(document.paths['/v1/greeting']?.get?.security).toBeUndefined();
  });

  test('describes a body as its zod schema does', () => {
    expect(document.paths['/v1/messages']?.post?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['to', 'body'],
            properties: { to: { type: 'array', items: { properties: { member: { type: 'string' } } } } },
          },
        },
      },
    });
  });

  test('lists the parameters of a query', () => {
    const names = (document.paths['/v1/messages']?.get?.parameters ?? []).map((parameter) =>
      'name' in parameter ? parameter.name : '',
    );
    expect(names.sort()).toEqual(['cursor', 'limit', 'status']);
  });

  test('says how errors look', () => {
    expect(document.paths['/v1/me']?.get?.responses['default']).toMatchObject({
      content: { 'application/problem+json': {} },
    });
    expect(document.components?.schemas).toHaveProperty('Problem');
  });

  test('names the problems that follow from a route', () => {
    const statuses = (path: string, method: 'get' | 'post') =>
      Object.keys(document.paths[path]?.[method]?.responses ?? {});
    expect(statuses('/v1/me', 'get')).toEqual(['401', '403', 'default']);
    expect(statuses('/v1/things/{id}', 'get')).toEqual(['401', '403', '404', 'default']);
    expect(statuses('/v1/messages', 'post')).toEqual(['400', '413', '415', 'default']);
  });

  test('tells a spec which routes have no answer, and which example does not match its schema', () => {
    const good = { description: '', content: { 'application/json': { schema: { type: 'string' }, example: 'a' } } };
    const wrong = { description: '', content: { 'application/json': { schema: { type: 'string' }, example: 7 } } };
    const bare = { description: '', content: { 'application/json': { schema: { type: 'string' } } } };
    const paths = {
      '/good': { get: { responses: { 200: good } } },
      '/none': { get: { responses: { 401: good } } },
      '/wrong': { get: { responses: { 200: wrong } } },
      '/bare': { post: { responses: { 201: bare } } },
    };
    expect(undocumentedAnswers({ paths } as unknown as OpenAPIObject)).toEqual([
      'GET /none: no answer (@Answers)',
      expect.stringContaining('GET /wrong 200: the example does not match the schema'),
      'POST /bare 201: no example',
    ]);
    expect(undocumentedAnswers(document)).toContain('GET /v1/me: no answer (@Answers)');
  });
});
