// A link that is lost without a word, between this process and the server: a proxy that stops forwarding and keeps its
// connections. What each side notices, by which means.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { OutboxRelay } from './outbox/outbox-relay.ts';
import { addToOutbox } from './outbox/outbox-table.ts';
import { RecordingPublisher } from './outbox/recording-publisher.ts';
import { createPool } from './pool.ts';
import { createTestDatabase, outboxSchema, type TestDatabase } from './testing/index.ts';
import { startSeverableProxy, type SeverableProxy } from './testing/severable-proxy.ts';
import { inTransaction } from './transaction.ts';

let database: TestDatabase;
let direct: Pool;
let proxied: Pool;
let proxy: SeverableProxy;
const relays: OutboxRelay[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await startSeverableProxy(database.url);
  direct = createPool(database.url);
  proxied = createPool(proxy.url, {
    applicationName: 'cut off',
    statementTimeoutMs: 1_000,
    settings: { tcp_user_timeout: '3000' },
  });
  await direct.query(outboxSchema);
});
afterEach(async () => {
  await proxy.close();
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await Promise.all([direct.end(), proxied.end()]);
  await database.drop();
});

const add = (value: string): Promise<void> =>
  inTransaction(direct, (tx) => addToOutbox(tx, [{ topic: 't', key: 'k', value, headers: {} }]));

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not so: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The server's view of the sessions that came through the proxy. */
const sessions = async (): Promise<{ state: string; wait_event: string }[]> =>
  (
    await direct.query<{ state: string; wait_event: string }>(
      `SELECT state, wait_event FROM pg_stat_activity WHERE application_name = 'cut off'`,
    )
  ).rows;

describe('a leader of the outbox that is cut off', () => {
  test('loses its session to a follower, and notices it itself', async () => {
    const first = new RecordingPublisher();
    const second = new RecordingPublisher();
    const leader = new OutboxRelay(proxied, first, { idleCheckMs: 60_000, silentLeaderMs: 1_500 });
    relays.push(leader);
    let gaveUp = false;
    proxied.on('remove', () => (gaveUp = true));
    leader.start();
    await add('1');
    await until(async () => first.published.length === 1 && (await direct.query('SELECT FROM outbox')).rowCount === 0);
    const follower = new OutboxRelay(direct, second, { followerRetryMs: 100, silentLeaderMs: 1_500 });
    relays.push(follower);
    follower.start();
    proxy.sever();
    await add('2');
    await second.reached(1);
    expect(second.published).toEqual(['2']);
    // The former leader gave its connection up by itself, without an answer to anything.
    await until(() => gaveUp);
    expect(first.published).toEqual(['1']);
  });
});

describe('the server, when its client reads no more', () => {
  test('ends a session that is stuck in writing, by tcp_user_timeout, though no statement timeout reaches it', async () => {
    const client = await proxied.connect();
    client.on('error', () => undefined);
    await client.query('SELECT pg_advisory_lock(4711)');
    // The answer begins when this lock is free.
    const gate = await direct.connect();
    await gate.query('SELECT pg_advisory_lock(4712)');
    const stuck = client
      .query(`SELECT repeat('x', 1000000) FROM (SELECT pg_advisory_lock(4712)) AS asked, generate_series(1, 200)`)
      .then(
        () => 'answered',
        () => 'failed',
      );
    await until(async () => (await sessions()).some((session) => session.wait_event === 'advisory'));
    proxy.sever();
    await gate.query('SELECT pg_advisory_unlock(4712)');
    gate.release();
    await until(async () => (await sessions()).some((session) => session.wait_event === 'ClientWrite'));
    // The lock of the session is free when the server has given the session up.
    await until(
      async () => (await direct.query<{ free: boolean }>('SELECT pg_try_advisory_lock(4711) AS free')).rows[0]!.free,
    );
    expect(await sessions()).toEqual([]);
    expect(await stuck).toBe('failed');
    client.release(true);
  });
});

describe('a statement whose answer does not come', () => {
  test('fails here, and a transaction does not wait once more for its ROLLBACK', async () => {
    const sent: unknown[] = [];
    const failed = inTransaction(proxied, async (client) => {
      const query = client.query.bind(client) as (text: string) => Promise<unknown>;
      Object.assign(client, { query: (text: string) => (sent.push(text), query(text)) });
      proxy.sever();
      await client.query('SELECT 1');
    });
    await expect(failed).rejects.toThrow('Query read timeout');
    expect(sent).toEqual(['SELECT 1']);
    expect(proxied.totalCount).toBe(0);
  });
});
