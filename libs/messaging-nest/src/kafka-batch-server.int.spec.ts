// Messaging inside a Nest application, on a real broker.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Injectable, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, describe, expect, test } from '@jest/globals';
import { inCell } from '@carillon/domain';
import { Publisher, type Batch, type BatchConsumer, type Handles } from '@carillon/messaging';
import { createTopics, testKafka, uniqueTopic, until } from '@carillon/messaging/testing';
import { consume } from './consume.ts';
import { KafkaBatchServer } from './kafka-batch-server.ts';

const config = testKafka();
const publisher = new Publisher(config);

afterAll(() => publisher.close());

const state = uniqueTopic({ partitions: 2, retention: 'compacted' });
const requests = uniqueTopic();
const order: string[] = [];

@Injectable()
class Memory {
  readonly known = new Set<number>();
}

@Injectable()
class KeepState implements Handles<typeof state> {
  constructor(readonly memory: Memory) {}

  async handle(batch: Batch<typeof state>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const { data } of batch.records) if (data) this.memory.known.add(data.n);
    order.push('state');
  }
}

@Injectable()
class Answer implements Handles<typeof requests> {
  constructor(readonly memory: Memory) {}

  handle(batch: Batch<typeof requests>): Promise<void> {
    for (const { data } of batch.records) order.push(`request ${data.n} knowing ${this.memory.known.size}`);
    return Promise.resolve();
  }
}

@Module({
  providers: [Memory],
  controllers: [consume(requests, Answer, { after: 'state' }), consume(state, KeepState, { group: 'state' })],
})
class ServiceModule {}

async function start(module: Type, server: KafkaBatchServer) {
  const app = (await Test.createTestingModule({ imports: [module] }).compile()).createNestApplication();
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  await app.init();
  return app;
}

describe('KafkaBatchServer', () => {
  test('requests are consumed only after the state group has caught up, and readiness says when', async () => {
    await createTopics(config, [state, requests]);
    await publisher.publish(requests, [{ id: '1', source: '/test', data: { n: 1 } }]);
    await publisher.publish(
      state,
      [1, 2, 3].map((n) => ({ id: String(n), source: '/test', data: { n, key: `k${n}` } })),
    );
    const server = new KafkaBatchServer(config, {
      service: `test.${randomUUID()}`,
      publisher,
      onDead: (error) => order.push(error.message),
    });
    const app = await start(ServiceModule, server);
    expect(server.ready()).toBe(false);
    await server.caughtUp('state');
    await until(() => server.ready());
    await until(() => order.some((line) => line.startsWith('request')));
    expect(order.at(-1)).toBe('request 1 knowing 3');
    await app.close();
    expect(server.ready()).toBe(false);
  });

  test('in a cell of its own it reads the topics of that cell, in groups of its own', async () => {
    const [shared, own] = [uniqueTopic(), uniqueTopic({ perCell: true })];
    await createTopics(config, [shared, inCell(own, '1')]);
    const read: string[] = [];
    @Injectable()
    class Shared implements Handles<typeof shared> {
      handle(): Promise<void> {
        return Promise.resolve();
      }
    }
    @Injectable()
    class Own implements Handles<typeof own> {
      handle({ records }: Batch<typeof own>): Promise<void> {
        read.push(...records.map(({ id }) => id));
        return Promise.resolve();
      }
    }
    @Module({ controllers: [consume(shared, Shared, { group: 'state' }), consume(own, Own)] })
    class InCell {}
    const service = `test.${randomUUID()}`;
    const server = new KafkaBatchServer(config, {
      service,
      cell: '1',
      publisher,
      onDead: (error) => read.push(String(error)),
    });
    const app = await start(InCell, server);
    await publisher.publish(inCell(own, '1'), [{ id: 'here', source: '/test', data: { n: 1 } }]);
    await until(() => read.length > 0);
    expect(read).toEqual(['here']);
    const groups = server.unwrap<BatchConsumer[]>().map(({ group, topics }) => [group, topics.map(({ name }) => name)]);
    expect(groups).toEqual([
      [`carillon.${service}.cell-1.state`, [shared.name]],
      [`carillon.${service}.cell-1`, [`${own.name}.cell-1`]],
    ]);
    await app.close();
  });

  test('two handlers of one topic in one group are refused at the start', async () => {
    @Injectable()
    class One implements Handles<typeof requests> {
      handle(): Promise<void> {
        return Promise.resolve();
      }
    }
    @Injectable()
    class Two implements Handles<typeof requests> {
      handle(): Promise<void> {
        return Promise.resolve();
      }
    }
    @Module({ controllers: [consume(requests, One), consume(requests, Two)] })
    class Twice {}
    const server = new KafkaBatchServer(config, {
      service: `test.${randomUUID()}`,
      publisher,
      onDead: () => undefined,
    });
    await expect(start(Twice, server)).rejects.toMatchObject({ code: 'duplicate_consumer' });
  });

  test('a class that consumes a topic already is refused for a second one', () => {
    expect(() => consume(state, Answer as never)).toThrow(/Answer consumes a topic already/);
  });
});
