// Delivery's routes as callers meet them: the real guard, a ledger that its own role may not alter, hostile input.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditEntry } from '@carillon/domain';
import { notificationIdOf, deliveryIdOf } from '@carillon/domain/ids';
import { until } from '@carillon/messaging/testing';
import { createPool, OutboxRelay } from '@carillon/persistence';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from '@carillon/persistence/testing';
import { authConfig, databaseConfig, httpConfig } from '@carillon/runtime';
import {
  startForTest,
  testIssuer,
  undecidedRoutes,
  type TestAnswer,
  type TestIssuer,
  type TestService,
  type TestTokenOptions,
} from '@carillon/runtime/testing';
import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { DeliveriesController } from './deliveries/deliveries.controller.ts';
import { LanesController } from './lanes/lanes.controller.ts';
import { Ownership } from './ownership/ownership.ts';
import { ingestRecords } from './ingest/gate.ts';
import { placeOf } from './testing/places.ts';
import { createDailyPartitions } from './maintenance/partitions.ts';
import { Timeline } from './timeline/timeline.ts';
import { TimelineController } from './timeline/timeline.controller.ts';
import { service as definition } from './service.ts';
import { whileLocked } from './testing/locked-row.ts';
import { hostileRequests } from './testing/hostile-requests.ts';
import { resolved, toMember } from './testing/ledger-stage.ts';

const nobody = { announce: () => Promise.resolve(), wakeOthers: () => Promise.resolve() };

@Module({
  controllers: [TimelineController, DeliveriesController, LanesController],
  providers: [
    Timeline,
    { provide: Ownership, useValue: nobody },
    { provide: OutboxRelay, useValue: { wake: () => undefined } },
  ],
})
class RoutesModule {}

let database: TwoRoleTestDatabase;
let issuer: TestIssuer;
let service: TestService;
let pool: Pool;

const [source, id] = ['/test', 'r1'];
const notificationId = notificationIdOf('acme', source, id);
const deliveryId = deliveryIdOf(notificationId, 'member:ada', 'slack');
const operator: TestTokenOptions = { memberId: 'root', roles: ['operator'], claims: { tenant_id: undefined } };
const admin: TestTokenOptions = { memberId: 'boss', roles: ['admin'] };
const product: TestTokenOptions = { memberId: 'reports', roles: ['product'] };

beforeAll(async () => {
  [database, issuer] = await Promise.all([createTwoRoleTestDatabase(), testIssuer()]);
  service = await startForTest({
    config: z.object({ ...httpConfig, ...databaseConfig, ...authConfig }),
    database: definition.database,
    module: RoutesModule,
    env: {
      ...issuer.env,
      DATABASE_URL: database.url,
      MIGRATION_DATABASE_URL: database.migrationUrl,
      AUDIT_REFUSAL_INTERVAL_MS: '50ms',
      RATE_LIMIT_CALLER_PER_SECOND: '10000',
      RATE_LIMIT_CALLER_BURST: '10000',
      RATE_LIMIT_TENANT_PER_SECOND: '10000',
      RATE_LIMIT_TENANT_BURST: '10000',
    },
  });
  pool = createPool(database.url);
  await createDailyPartitions(pool);
  await pool.query(
    `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version)
     VALUES ('main', 'acme', 'T1', 'active', '{}', 1)`,
  );
});

afterAll(async () => {
  await pool?.end();
  await service?.stop();
  await Promise.all([database?.drop(), issuer?.close()]);
});

beforeEach(async () => {
  for (const table of ['notification', 'decision', 'delivery', 'lane', 'outbox', 'id_reuse'])
    await pool.query(`DELETE FROM ${table}`);
  await ingestRecords(
    pool,
    [resolved(id, [toMember('ada'), toMember('bob')], { requestHash: 'h1' })],
    placeOf,
    new Date(),
  );
});

const call = async (
  method: string,
  path: string,
  as: TestTokenOptions,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<TestAnswer> =>
  service.request(method, path, { token: await issuer.token(as), headers, ...(body !== undefined && { body }) });
const timeline = `/v1/notifications/${notificationId}`;
const byOrigin = `/v1/notifications?source=${encodeURIComponent(source)}&id=${id}`;

test('every route says who may call it', () => {
  expect(undecidedRoutes(service.app)).toEqual([]);
});

describe('who sees what', () => {
  test.each([timeline, byOrigin])('%s', async (path) => {
    expect((await call('GET', path, admin)).body).toMatchObject({ decisions: [{}, {}] });
    expect((await call('GET', path, product)).body).toMatchObject({ decisions: [{}, {}] });
    expect((await call('GET', path, { memberId: 'ada' })).body).toMatchObject({
      decisions: [{ recipient: 'member:ada' }],
    });
    expect((await call('GET', path, { memberId: 'eve' })).status).toBe(404);
    expect((await call('GET', path, { ...product, tenantId: 'globex' })).status).toBe(404);
    expect(
      (await call('GET', path, { memberId: 'delivery', roles: ['service'], claims: { tenant_id: undefined } })).status,
    ).toBe(403);
  });

  test('a member sees of the variants only its own', async () => {
    const variants = { de: { title: 'Bericht' }, fr: { title: 'Rapport' }, it: { title: 'Rapporto' } };
    const decisions = [toMember('ada', { variant: 'de' }), toMember('bob', { variant: 'fr' }), toMember('cyd')];
    await ingestRecords(pool, [resolved('varied', decisions, { variants })], placeOf, new Date());
    const variantsFor = async (as: TestTokenOptions) =>
      ((await call('GET', '/v1/notifications?source=%2Ftest&id=varied', as)).body as { variants?: unknown }).variants;
    const { de, fr } = variants;
    expect(await variantsFor(admin)).toEqual({ de, fr });
    expect(await variantsFor({ memberId: 'ada' })).toEqual({ de });
    expect(await variantsFor({ memberId: 'cyd' })).toBeUndefined();
  });

  test('an operator and a product of several tenants name the tenant where they ask by source and id', async () => {
    for (const as of [operator, { memberId: 'p', roles: ['product' as const], tenantIds: ['acme', 'globex'] }]) {
      expect((await call('GET', timeline, as)).status).toBe(200);
      expect((await call('GET', byOrigin, as)).status).toBe(400);
      expect((await call('GET', `${byOrigin}&tenantId=acme`, as)).status).toBe(200);
      expect((await call('GET', byOrigin, as, undefined, { 'carillon-tenant': 'globex' })).status).toBe(404);
    }
  });

  test('a product reads, replays and cancels deliveries of its own tenants only', async () => {
    const foreign = { ...product, tenantId: 'globex' };
    expect((await call('GET', '/v1/deliveries', product)).body).toMatchObject({ items: [{}, {}] });
    expect((await call('GET', '/v1/deliveries', foreign)).body).toMatchObject({ items: [] });
    expect((await call('GET', '/v1/deliveries?tenantId=acme', foreign)).status).toBe(403);
    expect((await call('POST', '/v1/deliveries/replay', foreign, { filter: { tenantId: 'acme' } })).status).toBe(403);
    for (const act of ['replay', 'cancel'])
      expect((await call('POST', `/v1/deliveries/${deliveryId}/${act}`, foreign)).status).toBe(404);
    expect((await call('POST', `/v1/deliveries/${deliveryId}/cancel`, product)).status).toBe(200);
    expect((await call('POST', '/v1/lanes/T1/pause', product)).status).toBe(403);
  });

  test('what came under the same id with other content is a line of the timeline, and shows nothing of it', async () => {
    await ingestRecords(
      pool,
      [resolved(id, [toMember('eve')], { requestHash: 'h2', content: { title: 'For Eve' } })],
      placeOf,
      new Date(),
    );
    const { body, text } = (await call('GET', timeline, admin)) as { body: unknown; text: string };
    expect(body).toMatchObject({
      title: 'Report r1',
      refused: [{ code: 'id_reused', times: 1, lastAt: expect.any(String) }],
    });
    expect(text).not.toContain('Eve');
  });

  test('a suppressed decision says first why, and an outcome has its time', async () => {
    const suppressed = {
      ...toMember('eve'),
      verdict: 'suppress' as const,
      destinations: [],
      reasons: [{ code: 'addressed' as const }, { code: 'unknown_member' as const }],
    };
    await ingestRecords(pool, [resolved('gone', [suppressed, toMember('bob')])], placeOf, new Date());
    const path = '/v1/notifications?source=%2Ftest&id=gone';
    const bob = (await call('GET', path, admin)).body as { decisions: { deliveries: { deliveryId: string }[] }[] };
    const [{ deliveryId: cancelled }] = bob.decisions[0]!.deliveries as [{ deliveryId: string }];
    await call('POST', `/v1/deliveries/${cancelled}/cancel`, product);
    expect((await call('GET', path, admin)).body).toMatchObject({
      decisions: [
        { summary: expect.stringMatching(/^cancelled/), deliveries: [{ endedAt: expect.stringMatching(/^\d.*Z$/) }] },
        { summary: 'suppressed: no such member is known' },
      ],
    });
  });

  test('a notification that addresses nobody says so', async () => {
    const record = resolved('none', []);
    record.data.reasons = [{ code: 'nobody' }];
    await ingestRecords(pool, [record], placeOf, new Date());
    expect((await call('GET', `/v1/notifications?source=%2Ftest&id=none`, admin)).body).toMatchObject({
      decisions: [],
      reasons: [{ code: 'nobody', sentence: 'The request names nobody.' }],
    });
  });
});

describe('the audit log', () => {
  const entries = async (since = 0): Promise<AuditEntry[]> =>
    (
      (await call('GET', `/v1/audit?limit=50&since=${new Date(since).toISOString()}`, operator)).body as {
        items: AuditEntry[];
      }
    ).items;

  test('holds who paused and resumed a lane, cancelled and replayed deliveries, each once', async () => {
    const begun = Date.now();
    await call('POST', '/v1/lanes/T1/pause', operator, { reason: 'maintenance' });
    await call('POST', '/v1/lanes/T1/resume', operator);
    for (let n = 0; n < 2; n++) await call('POST', `/v1/deliveries/${deliveryId}/cancel`, admin);
    await call('POST', `/v1/deliveries/${deliveryId}/replay`, product);
    await call('POST', `/v1/deliveries/${deliveryId}/cancel`, admin);
    await call('POST', '/v1/deliveries/replay', admin, { filter: { outcome: 'cancelled' } });
    const acts = (await entries(begun))
      .filter(({ outcome }) => outcome === 'done')
      .map(
        ({ action, subject, actor, tenantId }) => `${actor.kind}:${actor.id} ${action} ${subject} ${tenantId ?? '-'}`,
      );
    expect(acts.reverse()).toEqual([
      'operator:root lane.paused lane:T1 acme',
      'operator:root lane.resumed lane:T1 acme',
      `member:boss delivery.cancelled delivery:${deliveryId} acme`,
      `product:reports delivery.replayed delivery:${deliveryId} acme`,
      `member:boss delivery.cancelled delivery:${deliveryId} acme`,
      'member:boss delivery.replayed deliveries acme',
    ]);
    const { rows } = await pool.query("SELECT value FROM outbox WHERE topic = 'carillon.audit.v1' ORDER BY id");
    expect(
      rows
        .map(({ value }) => (JSON.parse(String(value)) as AuditEntry).action)
        .filter((action) => action !== 'request.refused'),
    ).toHaveLength(6);
  });

  test('holds refusals, and shows a tenant its own entries only', async () => {
    await call('POST', '/v1/lanes/T1/pause', { memberId: 'mallory', roles: ['admin'] });
    const refusals = async () =>
      (await entries()).filter(({ outcome, actor }) => outcome === 'refused' && actor.id === 'mallory');
    // A refusal is written some time after its answer.
    await until(async () => (await refusals()).length > 0);
    expect(await refusals()).toHaveLength(1);
    const { items } = (await call('GET', '/v1/audit', { memberId: 'o', roles: ['owner'], tenantId: 'globex' }))
      .body as { items: AuditEntry[] };
    expect(items.filter(({ tenantId }) => tenantId !== 'globex')).toEqual([]);
  });

  test.each(["UPDATE audit_entry SET action = 'x.y'", 'DELETE FROM audit_entry', 'TRUNCATE audit_entry'])(
    'cannot be changed by the service: %s',
    async (statement) => {
      await expect(pool.query(statement)).rejects.toThrow(/permission denied/);
    },
  );
});

describe('while somebody holds a row', () => {
  const other = `/v1/deliveries/${deliveryIdOf(notificationId, 'member:bob', 'slack')}`;
  const held = { status: 503, body: { detail: expect.stringContaining('try again') } };

  test('a request that changes it is told to try again soon, and those about other rows are carried out', async () => {
    const own = `/v1/deliveries/${deliveryId}`;
    const row = `SELECT FROM delivery WHERE delivery_id = '${deliveryId}'`;
    await whileLocked(pool, row, async () => {
      const [cancelled, others] = await Promise.all([
        call('POST', `${own}/cancel`, admin),
        call('POST', `${other}/cancel`, admin),
      ]);
      expect([cancelled, others]).toMatchObject([held, { status: 200 }]);
      expect(cancelled.headers.get('retry-after')).toBe('2');
    });
    expect(await call('POST', `${own}/cancel`, admin)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    await whileLocked(pool, row, async () => {
      expect(await call('POST', `${own}/replay`, admin)).toMatchObject(held);
    });
    expect(await call('POST', `${own}/replay`, admin)).toMatchObject({ status: 202, body: { state: 'ready' } });
  });
});

describe('hostile input', () => {
  const requests = hostileRequests(deliveryId);

  test(`never leads to a 5xx, nor to a wait (${requests.length} requests, each as admin and operator)`, async () => {
    const failed: string[] = [];
    for (const as of [admin, operator]) {
      for (const [method, path, body] of requests) {
        const begun = performance.now();
        const { status } = await call(method, path, as, body);
        const ms = performance.now() - begun;
        if (status >= 500)
          failed.push(`${status} ${method} ${path.slice(0, 120)} ${String(JSON.stringify(body)).slice(0, 80)}`);
        if (ms > 5_000) failed.push(`${Math.round(ms)} ms ${method} ${path.slice(0, 120)}`);
      }
    }
    expect(failed).toEqual([]);
  }, 120_000);
});
