import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { defineTopic } from '@carillon/domain';
import { encode, Publisher, type Batch, type Handles } from '@carillon/messaging';
import { consume } from '@carillon/messaging-nest';
import { addToOutbox, inTransaction } from '@carillon/persistence';
import { createTestDatabase, outboxSchema, type TestDatabase } from '@carillon/persistence/testing';
import { Body, Controller, Inject, Injectable, Module, Post } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import { Public } from '../auth/access.ts';
import { databaseConfig, httpConfig, kafkaConfig } from '../config/fragments.ts';
import { DATABASE } from '../platform/tokens.ts';
import { startForTest, type TestService } from '../testing/index.ts';
import { Lifecycle } from './lifecycle.ts';

const said = defineTopic({
  name: `runtime-spec.${randomUUID()}`,
  direction: 'internal',
  key: { describe: '`to`', of: (data) => data.to },
  schema: z.object({ to: z.string(), text: z.string() }),
  partitions: 2,
  retention: '1d',
  deadLetter: true,
  summary: 'for this spec',
});
const heard: string[] = [];
const stopped: string[] = [];

@Injectable()
class Hear implements Handles<typeof said> {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async handle(batch: Batch<typeof said>): Promise<void> {
    await this.pool.query('SELECT 1');
    for (const record of batch.records) heard.push(record.data.text);
  }
}

@Public()
@Controller('say')
class SayController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    lifecycle: Lifecycle,
  ) {
    lifecycle.onStop('work', 'spec', () => void stopped.push('work'));
    lifecycle.onStop('close', 'spec', async () => void stopped.push(`close, ${await this.waiting()} waiting`));
  }

  @Post()
  async say(@Body({ schema: said.schema }) data: z.infer<typeof said.schema>): Promise<void> {
    await inTransaction(this.pool, (client) =>
      addToOutbox(client, [encode(said, { id: randomUUID(), source: '/spec', data })]),
    );
  }

  private async waiting(): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM outbox');
    return rows[0]?.n ?? -1;
  }
}

@Module({ controllers: [SayController, consume(said, Hear)] })
class SpecModule {}

class CreateOutbox1700000000001 implements MigrationInterface {
  readonly name = 'CreateOutbox1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxSchema);
  }
  async down(): Promise<void> {}
}

let database: TestDatabase;
let service: TestService;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => service.stop());

const start = (env: Record<string, string> = {}): Promise<TestService> =>
  startForTest({
    name: `runtime-spec-${randomUUID()}`,
    config: z.object({ ...httpConfig, ...databaseConfig, ...kafkaConfig }),
    database: { migrations: [CreateOutbox1700000000001] },
    topics: [said],
    module: SpecModule,
    env: {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
      KAFKA_SESSION_TIMEOUT_MS: '6s',
      ...env,
    },
  });

const LIMIT_MS = 90_000;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a service with a database and Kafka', () => {
  test(
    'starts from nothing, carries what is said in a transaction to its consumer, and stops in order with nothing left behind',
    async () => {
      service = await start();
      expect(service.app.get(DataSource).isInitialized).toBe(true);
      await until(async () => (await service.request('GET', '/readyz')).status === 200);

      expect((await service.request('POST', '/say', { body: { to: 'ada', text: 'hello' } })).status).toBe(201);
      await until(() => heard.length === 1);
      expect(heard).toEqual(['hello']);

      await service.request('POST', '/say', { body: { to: 'ada', text: 'last words' } });
      await service.stop();
      expect(stopped).toEqual(['work', 'close, 0 waiting']);
      await expect(
        service.app
          .get(Publisher)
          .publishRecords([encode(said, { id: 'x', source: '/spec', data: { to: 'a', text: 'b' } })]),
      ).rejects.toMatchObject({
        code: 'publisher_closed',
      });
      await expect(service.request('GET', '/healthz')).rejects.toThrow();
    },
    2 * LIMIT_MS,
  );

  test(
    'whose topics are missing does not start when it may only verify them, and leaves nothing running',
    async () => {
      const missing = defineTopic({ ...said, name: `runtime-spec.${randomUUID()}` });
      const failed = startForTest({
        config: z.object({ ...httpConfig, ...databaseConfig, ...kafkaConfig }),
        topics: [missing],
        module: class Empty {},
        env: {
          DATABASE_URL: database.url,
          KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
          KAFKA_TOPICS: 'verify',
        },
      });
      await expect(failed).rejects.toMatchObject({ code: 'topics_missing' });
    },
    2 * LIMIT_MS,
  );
});
