import { fork } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RawRecord } from '@carillon/messaging';
import type { Pool } from 'pg';
import { createPool } from '../pool.ts';
import { createTestDatabase, outboxSchema, type TestDatabase } from '../testing/index.ts';
import { inTransaction } from '../transaction.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { addToOutbox } from './outbox-table.ts';
import { RecordingPublisher } from './recording-publisher.ts';

let database: TestDatabase;
let pool: Pool;
let otherPool: Pool;
const relays: OutboxRelay[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  otherPool = createPool(database.url);
  await pool.query(outboxSchema);
});

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await Promise.all([pool.end(), otherPool.end()]);
  await database.drop();
});

const options = { followerRetryMs: 50, idleCheckMs: 60_000 };

function relayOn(connections: Pool, publisher: RecordingPublisher, more = {}): OutboxRelay {
  const relay = new OutboxRelay(connections, publisher, { ...options, ...more });
  relays.push(relay);
  return relay;
}

const record = (value: string): RawRecord => ({ topic: 'spec', key: 'k', value, headers: { a: 'b' }, partition: 3 });
const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));
const add = (values: string[]): Promise<void> =>
  inTransaction(pool, (client) => addToOutbox(client, values.map(record)));
const waiting = async (): Promise<number> =>
  Number((await pool.query<{ n: string }>('SELECT count(*) AS n FROM outbox')).rows[0]?.n);

const LIMIT_MS = 90_000;

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the outbox relay', () => {
  test('publishes in the order of adding, over many batches, and leaves nothing behind', async () => {
    const publisher = new RecordingPublisher();
    await add(numbered(0, 1_500));
    relayOn(pool, publisher).start();
    await publisher.reached(1_500);
    await add(numbered(1_500, 2_700));
    await publisher.reached(2_700);
    expect(publisher.published).toEqual(numbered(0, 2_700));
    await until(async () => (await waiting()) === 0);
  });

  test('gives the publisher the record as it was added', async () => {
    let seen: readonly unknown[] = [];
    const relay = new OutboxRelay(
      pool,
      { publishRecords: (records) => Promise.resolve(void (seen = records)) },
      options,
    );
    relays.push(relay);
    const tombstone: RawRecord = {
      topic: 'spec',
      key: Buffer.from([0, 1]),
      value: null,
      headers: { version: '3', raw: Buffer.from([255]) },
    };
    await inTransaction(pool, (client) => addToOutbox(client, [record('x'), tombstone]));
    relay.start();
    await until(() => seen.length > 0);
    expect(seen).toEqual([{ ...record('x'), key: Buffer.from('k'), value: Buffer.from('x') }, tombstone]);
  });

  test('is woken by a commit of another process: no polling is needed', async () => {
    const publisher = new RecordingPublisher();
    relayOn(pool, publisher).start();
    await add(['warm-up']);
    await publisher.reached(1);
    await inTransaction(otherPool, (client) => addToOutbox(client, [record('from elsewhere')]));
    await publisher.reached(2);
  });

  test('publishes nothing of a transaction that rolled back', async () => {
    const publisher = new RecordingPublisher();
    relayOn(pool, publisher).start();
    const failed = inTransaction(pool, async (client) => {
      await addToOutbox(client, [record('never')]);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    await add(['after']);
    await publisher.reached(1);
    expect(publisher.published).toEqual(['after']);
  });

  test('a record that a slower transaction commits later with a smaller id is published, not skipped', async () => {
    const publisher = new RecordingPublisher();
    relayOn(pool, publisher).start();
    await inTransaction(otherPool, async (slow) => {
      await addToOutbox(slow, [record('slow')]);
      await add(['quick']);
      await publisher.reached(1);
      await until(async () => (await waiting()) === 0);
    });
    await publisher.reached(2);
    expect(publisher.published).toEqual(['quick', 'slow']);
  });

  test('of two, only one publishes; when it stops, the other goes on where it ended', async () => {
    const first = new RecordingPublisher();
    const second = new RecordingPublisher();
    const leader = relayOn(pool, first);
    leader.start();
    await add(['1']);
    await first.reached(1);
    relayOn(otherPool, second).start();
    await add(['2', '3']);
    await first.reached(3);
    expect(second.published).toEqual([]);
    await leader.stop();
    await add(['4']);
    await second.reached(1);
    expect([first.published, second.published]).toEqual([['1', '2', '3'], ['4']]);
  });

  test('stop() publishes what is there before it hands over', async () => {
    const publisher = new RecordingPublisher();
    const relay = relayOn(pool, publisher);
    relay.start();
    await add(['1']);
    await publisher.reached(1);
    await add(numbered(2, 1_800));
    await relay.stop();
    expect(publisher.published).toEqual(numbered(1, 1_800));
    expect(await waiting()).toBe(0);
  });

  test('a process killed after publishing and before deleting loses nothing: the next one publishes again', async () => {
    await add(numbered(0, 5));
    const child = fork(new URL('./killed-relay.mjs', import.meta.url), [database.url], {
      execArgv: [
        '--conditions=@carillon/source',
        '--experimental-transform-types',
        '--disable-warning=ExperimentalWarning',
      ],
    });
    const published = await new Promise<string[]>((resolve) =>
      child.once('message', (values) => resolve(values as string[])),
    );
    child.kill('SIGKILL');
    const next = new RecordingPublisher();
    relayOn(pool, next).start();
    await next.reached(5);
    expect(published).toEqual(numbered(0, 5));
    expect(next.published).toEqual(numbered(0, 5));
  });

  test('a broker outage keeps every record, in order, until it is over', async () => {
    const publisher = new RecordingPublisher();
    let failures = 3;
    publisher.before = () => {
      if (failures-- > 0) throw Object.assign(new Error('no broker'), { retry: 'later' });
    };
    relayOn(pool, publisher).start();
    await add(numbered(0, 10));
    await publisher.reached(10);
    expect(publisher.published).toEqual(numbered(0, 10));
  });

  test('a lost database connection is made anew and publishing goes on', async () => {
    const publisher = new RecordingPublisher();
    relayOn(pool, publisher).start();
    await add(['1']);
    await publisher.reached(1);
    await otherPool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await inTransaction(otherPool, (client) => addToOutbox(client, [record('2')]));
    await publisher.reached(2);
    expect(publisher.published).toEqual(['1', '2']);
  });

  test('one record that the broker refuses for good is set aside with the reason; the others go', async () => {
    const publisher = new RecordingPublisher();
    publisher.before = (values) => {
      if (values.includes('poison'))
        throw Object.assign(new Error('too large'), { code: 'record_too_large', retry: 'never' });
    };
    relayOn(pool, publisher).start();
    await add(['1', 'poison', '2']);
    await add(['3']);
    await publisher.reached(3);
    expect(publisher.published).toEqual(['1', '2', '3']);
    await until(async () => (await waiting()) === 1);
    expect((await pool.query('SELECT refused FROM outbox')).rows).toEqual([{ refused: 'too large' }]);
  });

  test('a leader that is silent (frozen) loses its session to a follower', async () => {
    await add(['1', '2']);
    // A session that holds the lock and says nothing, as a stopped process would.
    const frozen = await pool.connect();
    frozen.on('error', () => undefined);
    await frozen.query('SELECT pg_advisory_lock(7214002)');
    const publisher = new RecordingPublisher();
    relayOn(otherPool, publisher, { silentLeaderMs: 300 }).start();
    await publisher.reached(2);
    frozen.release(true);
  });

  test('a leader that waits long for its broker is not taken for frozen', async () => {
    const slow = new RecordingPublisher();
    let finish = (): void => undefined;
    slow.before = () => new Promise<void>((resolve) => (finish = resolve));
    relayOn(pool, slow, { silentLeaderMs: 300 }).start();
    await add(['1']);
    await until(() => finish.length === 1);
    const follower = new RecordingPublisher();
    relayOn(otherPool, follower, { silentLeaderMs: 300 }).start();
    // A follower takes the leader for frozen after three heartbeats without one.
    const heartbeats = new Set<string>();
    await until(async () => {
      const { rows } = await pool.query<{ at: string }>(
        `SELECT a.query_start::text AS at FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND l.objid = 7214002 AND l.granted AND a.datname = current_database()`,
      );
      for (const { at } of rows) heartbeats.add(at);
      return heartbeats.size > 9 || follower.published.length > 0;
    });
    finish();
    await slow.reached(1);
    expect(follower.published).toEqual([]);
  });
});
