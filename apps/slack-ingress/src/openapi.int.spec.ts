// docs/openapi/slack-ingress.json is generated from the routes of this service (UPDATE_DOCS=1 writes it anew).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApiDocument, startForTest, type DocumentedRoutes, type TestService } from '@carillon/runtime/testing';
import { service } from './service.ts';
import { environment } from './testing/environment.ts';

let running: TestService;
let document: DocumentedRoutes;

beforeAll(async () => {
  running = await startForTest({ ...service, offline: true, env: environment });
  document = await openApiDocument('slack-ingress', running);
});
afterAll(() => running.stop());

test('every route has a schema and an example of its answer', () => {
  expect(document.undocumented).toEqual([]);
});

test('docs/openapi/slack-ingress.json is what the routes say', () => {
  expect(document.committed).toBe(document.generated);
});
