// docs/openapi/delivery.json is generated from the routes of this service (UPDATE_DOCS=1 writes it anew). The rest of
// the module is left out, since it needs a database and a broker at its start.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openApiDocument, startForTest, type DocumentedRoutes, type TestService } from '@carillon/runtime/testing';
import { Module, type Type } from '@nestjs/common';
import { AppModule } from './app.module.ts';
import { Ownership } from './ownership/ownership.ts';
import { service } from './service.ts';
import { Timeline } from './timeline/timeline.ts';

const controllers = (Reflect.getMetadata('controllers', AppModule) as Type<unknown>[]).filter((controller) =>
  String(Reflect.getMetadata('path', controller)).startsWith('v1/'),
);

@Module({ controllers, providers: [Timeline, { provide: Ownership, useValue: {} }] })
class RoutesModule {}

let running: TestService;
let document: DocumentedRoutes;

beforeAll(async () => {
  running = await startForTest({
    ...service,
    module: RoutesModule,
    offline: true,
    env: {
      AUTH_ISSUERS: 'http://127.0.0.1:1',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      KAFKA_BROKERS: '127.0.0.1:1',
      SERVICE_TOKEN_URL: 'http://127.0.0.1:1/token',
      SERVICE_CLIENT_ID: 'delivery',
      SERVICE_CLIENT_SECRET: 'secret',
      INSTALLATION_URL: 'http://127.0.0.1:1',
      SMTP_URL: 'smtp://127.0.0.1:1',
    },
  });
  document = await openApiDocument('delivery', running);
});
afterAll(() => running.stop());

test('every route has a schema and an example of its answer', () => {
  expect(document.undocumented).toEqual([]);
});

test('docs/openapi/delivery.json is what the routes say', () => {
  expect(document.committed).toBe(document.generated);
});
