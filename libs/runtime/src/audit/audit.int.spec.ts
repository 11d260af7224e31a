// The audit log of a whole service, with the two roles of a production database.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEntry } from '@carillon/domain';
import { createPool, inTransaction } from '@carillon/persistence';
import {
  auditSchema,
  createTwoRoleTestDatabase,
  outboxSchema,
  type TwoRoleTestDatabase,
} from '@carillon/persistence/testing';
import { Controller, HttpCode, Inject, Module, Post } from '@nestjs/common';
import type { Pool } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { Roles } from '../auth/access.ts';
import { Caller, type Identity } from '../auth/identity.ts';
import { authConfig, databaseConfig, httpConfig } from '../config/fragments.ts';
import { DATABASE } from '../platform/tokens.ts';
import { startForTest, testIssuer, type TestIssuer, type TestService } from '../testing/index.ts';
import { AuditLog } from './audit-log.ts';

class CreateAudit1700000000001 implements MigrationInterface {
  readonly name = 'CreateAudit1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxSchema);
    await runner.query(auditSchema);
  }
  async down(): Promise<void> {}
}

@Controller('v1/things')
class ThingsController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly audit: AuditLog,
  ) {}

  @Post()
  @HttpCode(204)
  @Roles('owner', 'operator')
  async change(@Caller() caller: Identity): Promise<void> {
    await inTransaction(this.pool, (tx) =>
      this.audit.record(tx, caller, {
        action: 'thing.changed',
        subject: 'thing:1',
        detail: { fields: ['name'], large: 'x'.repeat(10_000) },
      }),
    );
  }

  @Post('refused')
  @HttpCode(204)
  @Roles('member')
  refuse(@Caller() caller: Identity): void {
    this.audit.recordRefusal(caller, { route: 'POST /v1/things/refused', reason: 'role', status: 403 });
  }
}

@Module({ controllers: [ThingsController] })
class SpecModule {}

let database: TwoRoleTestDatabase;
let issuer: TestIssuer;
let service: TestService;

beforeAll(async () => {
  [database, issuer] = await Promise.all([createTwoRoleTestDatabase(), testIssuer()]);
  service = await startForTest({
    config: z.object({ ...httpConfig, ...databaseConfig, ...authConfig }),
    database: { migrations: [CreateAudit1700000000001], audit: true },
    module: SpecModule,
    env: {
      ...issuer.env,
      DATABASE_URL: database.url,
      MIGRATION_DATABASE_URL: database.migrationUrl,
      AUDIT_REFUSAL_INTERVAL_MS: '50ms',
    },
  });
});
afterAll(async () => {
  await service.stop();
  await Promise.all([database.drop(), issuer.close()]);
});

const platformOperator = (): Promise<string> =>
  issuer.token({ memberId: 'root', roles: ['operator'], claims: { tenant_id: undefined } });

interface Listed {
  items: AuditEntry[];
  nextCursor: string;
  errors: { path: string }[];
}

async function list(
  roles: ['owner'] | ['member'],
  query = '',
  tenantId = 'acme',
): Promise<{ status: number; body: Listed }> {
  const answer = await service.request('GET', `/v1/audit${query}`, { token: await issuer.token({ roles, tenantId }) });
  return { status: answer.status, body: answer.body as Listed };
}

describe('/v1/outbox', () => {
  const asOperator = async (method: string, path: string, body?: object) => {
    const answer = await service.request(method, path, { token: await platformOperator(), ...(body && { body }) });
    return {
      status: answer.status,
      body: answer.body as {
        items: { id: string; topic: string; reason: string; bytes: number }[];
        nextCursor: string | null;
        retried: number;
      },
    };
  };

  test('shows what is set aside and puts it back into the queue, behind what waits, which is in the audit log', async () => {
    const pool = createPool(database.superuserUrl);
    await pool.query('DELETE FROM outbox');
    await pool.query(
      `INSERT INTO outbox (topic, value, headers, refused) SELECT 'aside', 'secret', '{}', 'too large' FROM generate_series(1, 3)`,
    );
    await pool.query(`INSERT INTO outbox (topic, value, headers) VALUES ('waits', 'secret', '{}')`);
    const first = (await asOperator('GET', '/v1/outbox?state=set_aside&limit=2')).body;
    const second = (await asOperator('GET', `/v1/outbox?state=set_aside&limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items]).toMatchObject(
      [1, 2, 3].map(() => ({ topic: 'aside', reason: 'too large', bytes: 6 })),
    );
    expect(JSON.stringify(first)).not.toContain('secret');

    expect((await asOperator('POST', '/v1/outbox/retry', { ids: [first.items[0]?.id] })).body).toEqual({ retried: 1 });
    expect((await asOperator('POST', '/v1/outbox/retry', { topic: 'waits' })).body).toEqual({ retried: 0 });
    expect((await asOperator('POST', '/v1/outbox/retry', { all: true })).body).toEqual({ retried: 2 });
    const { rows } = await pool.query<{ topic: string; refused: string | null }>(
      `SELECT topic, refused FROM outbox WHERE topic <> 'carillon.audit.v1' ORDER BY id`,
    );
    expect(rows).toEqual(['waits', 'aside', 'aside', 'aside'].map((topic) => ({ topic, refused: null })));
    const audited = await pool.query(
      `SELECT actor_kind, detail FROM audit_entry WHERE action = 'outbox.retried' ORDER BY seq`,
    );
    expect(audited.rows).toMatchObject([
      { actor_kind: 'operator', detail: { records: { aside: 1 } } },
      { detail: { records: {} } },
      { detail: { records: { aside: 2 } } },
    ]);
    await pool.end();
  });

  test('is for operators, and a request that names nothing, or two things, is refused', async () => {
    expect(
      (await service.request('GET', '/v1/outbox', { token: await issuer.token({ roles: ['owner'] }) })).status,
    ).toBe(403);
    for (const body of [{}, { all: true, topic: 't' }, { ids: [] }, { ids: ['x'] }, { all: false }])
      expect((await asOperator('POST', '/v1/outbox/retry', body)).status).toBe(400);
  });
});

describe('GET /v1/audit', () => {
  test("tells a tenant who did what to it, the platform's operator too, and page by page", async () => {
    await service.request('POST', '/v1/things', { token: await issuer.token({ roles: ['owner'] }) });
    await service.request('POST', '/v1/things', {
      token: await issuer.token({ memberId: 'root', roles: ['operator'] }),
    });
    const { body, status } = await list(['owner'], '?action=thing.changed');
    expect(status).toBe(200);
    expect(body.items).toHaveLength(2);
    expect(body.items).toMatchObject([
      {
        actor: { kind: 'operator', id: 'root' },
        service: 'test',
        tenantId: 'acme',
        action: 'thing.changed',
        subject: 'thing:1',
        outcome: 'done',
        detail: { fields: ['fields', 'large'] },
      },
      { actor: { kind: 'member', id: 'ada', roles: ['owner'] } },
    ]);
    expect(
      (
        await list(
          ['owner'],
          '?actor=member:ada&action=thing.changed&outcome=done&subject=thing:1&since=2020-01-01T00:00:00Z',
        )
      ).body.items,
    ).toHaveLength(1);
    const first = (await list(['owner'], '?limit=1&action=thing.changed')).body;
    const second = (await list(['owner'], `?limit=1&action=thing.changed&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items]).toEqual(body.items);
    expect((await list(['owner'], '?action=thing.changed', 'globex')).body.items).toEqual([]);
    for (const [query, count] of [
      ['', 2],
      ['&tenantId=acme', 2],
      ['&tenantId=globex', 0],
    ]) {
      const answer = await service.request('GET', `/v1/audit?action=thing.changed${query}`, {
        token: await platformOperator(),
      });
      expect((answer.body as Listed).items).toHaveLength(Number(count));
    }
  });

  test('is closed to members, and a wrong filter is named', async () => {
    expect((await list(['member'])).status).toBe(403);
    expect((await list(['owner'], '?tenantId=globex')).status).toBe(403);
    for (const [query, path] of [
      ['actor=ada', 'actor'],
      ['since=yesterday', 'since'],
      ['action=X', 'action'],
      ['outcome=maybe', 'outcome'],
      ['cursor=x', 'cursor'],
      ['subject=%00', 'subject'],
    ]) {
      const { status, body } = await list(['owner'], `?${query}`);
      expect([query, status, body.errors[0]?.path]).toEqual([query, 400, path]);
    }
  });

  test('holds refused requests as one entry with a count, soon after', async () => {
    const token = await issuer.token({ memberId: `m-${randomUUID()}`, tenantId: 'globex' });
    await Promise.all(Array.from({ length: 20 }, () => service.request('POST', '/v1/things/refused', { token })));
    const end = performance.now() + 90_000;
    let counts: number[] = [];
    while (counts.reduce((a, b) => a + b, 0) < 20 && performance.now() < end) {
      const { body } = await list(['owner'], '?outcome=refused&subject=route:POST%20/v1/things/refused', 'globex');
      counts = body.items.map((item) => Number(item.detail?.['count']));
    }
    expect(counts.reduce((a, b) => a + b, 0)).toBe(20);
    expect(counts.length).toBeLessThan(20);
  });
});
