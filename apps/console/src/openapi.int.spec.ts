// docs/openapi/console.json is generated from the routes of this service (UPDATE_DOCS=1 writes it anew).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApiDocument, startForTest, type DocumentedRoutes, type TestService } from '@carillon/runtime/testing';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';

let running: TestService;
let document: DocumentedRoutes;

beforeAll(async () => {
  running = await startForTest({
    name: 'console',
    module: AppModule,
    config,
    offline: true,
    env: { AUTH_ISSUERS: 'http://127.0.0.1:1' },
  });
  document = await openApiDocument('console', running);
});
afterAll(() => running.stop());

test('every route has a schema and an example of its answer', () => {
  expect(document.undocumented).toEqual([]);
});

test('docs/openapi/console.json is what the routes say', () => {
  expect(document.committed).toBe(document.generated);
});
