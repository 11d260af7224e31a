// What a topic that Kafka does not take means for its own records and for those of other topics.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RawRecord } from '@carillon/messaging';
import { createLogger, metricsText } from '@carillon/telemetry';
import type { Pool } from 'pg';
import { createPool } from '../pool.ts';
import { createTestDatabase, outboxSchema, type TestDatabase } from '../testing/index.ts';
import { inTransaction } from '../transaction.ts';
import { outboxMetrics } from './outbox-metrics.ts';
import { OutboxPublishing } from './outbox-publishing.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { addToOutbox } from './outbox-table.ts';
import { Session, type Statement } from './session.ts';
import { VisibilityHorizon } from './visibility-horizon.ts';

let database: TestDatabase;
let pool: Pool;
const relays: OutboxRelay[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  await pool.query(outboxSchema);
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await pool.end();
  await database.drop();
});

/** Takes records, per topic as the spec says. */
class Broker {
  readonly taken: string[] = [];
  refuse: (topic: string, values: string[]) => Promise<void> | void = () => undefined;

  async publishRecords(records: RawRecord[]): Promise<void> {
    await this.refuse(
      records[0]!.topic,
      records.map(({ value }) => String(value)),
    );
    this.taken.push(...records.map(({ topic, value }) => `${topic} ${String(value)}`));
  }

  of(topic: string): string[] {
    return this.taken.filter((entry) => entry.startsWith(`${topic} `)).map((entry) => entry.slice(topic.length + 1));
  }
}

function start(broker: Broker, more = {}): void {
  const relay = new OutboxRelay(pool, broker, { followerRetryMs: 50, idleCheckMs: 60_000, drainMs: 200, ...more });
  relays.push(relay);
  relay.start();
}

const add = (topic: string, values: (string | number)[]): Promise<void> =>
  inTransaction(pool, (tx) =>
    addToOutbox(
      tx,
      values.map((value) => ({ topic, key: 'k', value: String(value), headers: {} })),
    ),
  );
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);
const setAside = async (): Promise<number> =>
  Number((await pool.query<{ n: string }>('SELECT count(*) AS n FROM outbox WHERE refused IS NOT NULL')).rows[0]?.n);
const failure = (code: string, retry: 'never' | 'later'): Error => Object.assign(new Error(code), { code, retry });

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a topic that Kafka does not take now', () => {
  test('for want of a permission: none of 300 records is set aside, other topics go on, and all go in order once it is given', async () => {
    const broker = new Broker();
    let permitted = false;
    broker.refuse = (topic) => {
      if (topic === 'closed' && !permitted) throw failure('not_permitted', 'later');
    };
    await add('closed', numbers(300));
    await add('open', numbers(10));
    start(broker);
    await until(() => broker.of('open').length === 10);
    await add('open', numbers(10, 10));
    await add('closed', numbers(50, 300));
    await until(() => broker.of('open').length === 20);
    expect(broker.of('closed')).toEqual([]);
    expect(await setAside()).toBe(0);
    expect(await metricsText()).toMatch(/^carillon_outbox_blocked_topics 1$/m);
    permitted = true;
    await until(() => broker.of('closed').length === 350);
    expect(broker.of('closed')).toEqual(numbers(350).map(String));
    await add('closed', ['last']);
    await until(() => broker.of('closed').at(-1) === 'last');
    expect((await pool.query('SELECT FROM outbox')).rowCount).toBe(0);
  });

  test('because nobody answers: others do not wait for its answer', async () => {
    const broker = new Broker();
    let answer = (): void => undefined;
    broker.refuse = (topic) => (topic === 'stuck' ? new Promise<void>((resolve) => (answer = resolve)) : undefined);
    await add('stuck', numbers(3));
    await add('open', numbers(3));
    start(broker, { slowTopicMs: 50 });
    await until(() => broker.of('open').length === 3);
    await add('open', numbers(3, 3));
    await until(() => broker.of('open').length === 6);
    broker.refuse = () => undefined;
    answer();
    await until(() => broker.of('stuck').length === 3);
  });

  test('now and then, under load from many writers: nothing is lost, nothing set aside, the order of each topic holds', async () => {
    const broker = new Broker();
    let calls = 0;
    broker.refuse = async (topic) => {
      calls++;
      for (let turn = 0; turn < calls % 7; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (topic !== 'a' && calls % 3 === 0) throw failure('not_permitted', 'later');
    };
    start(broker, { slowTopicMs: 3 });
    const writers = ['a', 'b', 'c'].map(async (topic) => {
      for (let n = 0; n < 600; n += 20) await add(topic, numbers(20, n));
    });
    // A transaction that takes its ids early and commits late, over and over.
    const slow = (async () => {
      for (let n = 0; n < 20; n++) {
        await inTransaction(pool, async (tx) => {
          await addToOutbox(tx, [{ topic: 'late', key: 'k', value: String(n), headers: {} }]);
          await new Promise((resolve) => setTimeout(resolve, 40));
        });
      }
    })();
    await Promise.all([...writers, slow]);
    await until(async () => (await pool.query('SELECT FROM outbox')).rowCount === 0);
    for (const topic of ['a', 'b', 'c']) expect(broker.of(topic)).toEqual(numbers(600).map(String));
    expect(broker.of('late')).toEqual(numbers(20).map(String));
  });
});

describe('a record that can never go', () => {
  test('is set aside alone, counted, and said aloud', async () => {
    const broker = new Broker();
    broker.refuse = (_, values) => {
      if (values.includes('huge')) throw failure('record_too_large', 'never');
    };
    start(broker);
    await add('t', [1, 'huge', 2]);
    await add('t', [3]);
    await until(async () => broker.of('t').length === 3 && (await setAside()) === 1);
    expect(broker.of('t')).toEqual(['1', '2', '3']);
    await until(async () => /^carillon_outbox_set_aside 1$/m.test(await metricsText()));
    expect(await metricsText()).toMatch(/^carillon_outbox_set_aside_oldest_age_seconds \d/m);
  });
});

describe('reading while an old snapshot keeps deleted rows', () => {
  class Recorded extends Session {
    readonly from: number[] = [];
    /** How often the publisher looked who writes. */
    looks = 0;

    override query<Row extends object>(statement: Statement): ReturnType<Session['query']> & Promise<never> {
      if (statement.name === 'outbox-writers') this.looks++;
      if (statement.name === 'outbox-fetch') this.from.push(Number(statement.values?.[0]));
      return super.query<Row & Record<string, unknown>>(statement) as never;
    }
  }

  test('starts behind what was published, and before what an open transaction may still commit', async () => {
    const snapshot = await pool.connect();
    await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await snapshot.query('SELECT FROM outbox');
    const client = await pool.connect();
    const session = new Recorded(client);
    const broker = new Broker();
    const publishing = new OutboxPublishing({
      session,
      publisher: broker,
      metrics: outboxMetrics(),
      log: createLogger('spec'),
      slowTopicMs: 10_000,
      wake: () => undefined,
    });
    const passUntilPosition = (position: number): Promise<void> =>
      until(async () => {
        await publishing.pass();
        return session.from.at(-1)! >= position;
      });
    await add('t', numbers(3_000));
    await passUntilPosition(3_000);
    expect(broker.taken).toHaveLength(3_000);

    const writer = await pool.connect();
    await writer.query('BEGIN');
    await addToOutbox(writer, [{ topic: 't', key: 'k', value: 'late', headers: {} }]);
    await add('t', numbers(100));
    await until(async () => {
      await publishing.pass();
      return broker.taken.length === 3_100;
    });
    // The second look after all was published would be the one that lets it go on.
    const enough = session.looks + 3;
    await until(async () => {
      await publishing.pass();
      return session.looks >= enough;
    });
    expect(session.from.at(-1)).toBe(3_000);
    await writer.query('COMMIT');
    await passUntilPosition(3_101);
    expect(broker.taken.at(-1)).toBe('t late');
    for (const open of [writer, client]) open.release();
    await snapshot.query('ROLLBACK');
    snapshot.release();
  });

  test('a transaction that only reads holds nothing back', async () => {
    const client = await pool.connect();
    const reader = await pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT FROM outbox FOR UPDATE');
    await add('t', numbers(5));
    const horizon = new VisibilityHorizon(new Session(client), 0);
    await horizon.advance();
    expect(horizon.settled).toBe(5);
    await reader.query('ROLLBACK');
    for (const open of [reader, client]) open.release();
  });
});
