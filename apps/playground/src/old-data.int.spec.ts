// A start on data that another version of Carillon left behind.
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startPlayground, type Playground } from './playground.ts';

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'carillon-'));
  chmodSync(dataDir, 0o711);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** PostgreSQL alone: no service starts, and Slack and Kafka are not its own. */
const start = (options: { fresh?: boolean } = {}): Promise<Playground> =>
  startPlayground({
    ...{ dataDir, portOffset: 'free', quiet: true, durable: false, services: [] },
    ...{ slackUrl: 'http://127.0.0.1:9', kafkaBrokers: [process.env['TEST_KAFKA_BROKERS'] ?? ''] },
    ...options,
  });

/** What an earlier start did to the database of delivery. */
async function earlier(sql: string): Promise<void> {
  const playground = await start();
  const url = new URL(playground.postgres.url);
  url.pathname = '/delivery';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(sql);
  await client.end();
  await playground.stop();
}

test('stops with the command that wipes it, and with --fresh starts', async () => {
  await earlier('CREATE TABLE lane (id text)');
  await expect(start()).rejects.toThrow(
    'The data of an earlier start was written by another version of Carillon: the database delivery has the table lane and no migration. Wipe it and start again: npm start -- --fresh',
  );
  await (await start({ fresh: true })).stop();
});
