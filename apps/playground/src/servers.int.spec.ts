// The real servers, as e2e tests use them: they can be stopped, killed and started again, and nothing outlives its
// owner.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataFolder } from './data-folder.ts';
import { kafkaClient } from './kafka/kafka-client.ts';
import { startKafka } from './kafka/start-kafka.ts';
import { appFolder, nodeBinary } from './paths.ts';
import { startPostgres } from './postgres/start-postgres.ts';
import { startTimeOf } from './processes/process-identity.ts';
import { until } from './until.ts';

describe('the servers of a playground', () => {
  let folder: DataFolder;

  beforeEach(() => {
    folder = DataFolder.forThisRun();
  });

  afterEach(() => folder.discard());

  it('give Kafka back with its topics after a stop, on the same port', async () => {
    const kafka = await startKafka({ dataDir: folder.kafka, logFile: folder.logOf('kafka') });
    const admin = kafkaClient(kafka.brokers, 'spec').admin();
    try {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
      await admin.disconnect();
      await kafka.stop();
      expect(kafka.pid).toBeUndefined();
      await kafka.start();
      await admin.connect();
      expect(await admin.listTopics()).toContain('kept');
    } finally {
      await admin.disconnect();
      await kafka.stop();
    }
  }, 120_000);

  it('give PostgreSQL back with its rows after every kind of end', async () => {
    const postgres = await startPostgres({
      dataDir: folder.postgres,
      logFile: folder.logOf('postgres'),
      password: 'spec',
    });
    const query = async (sql: string): Promise<unknown[]> => {
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    };
    try {
      await query('CREATE TABLE kept (n int)');
      for (const mode of ['fast', 'immediate', 'kill'] as const) {
        await query('INSERT INTO kept VALUES (1)');
        await postgres.stop(mode);
        await postgres.start();
      }
      expect(await query('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 3 }]);
    } finally {
      await postgres.stop();
    }
  }, 60_000);

  it('end when their owner is killed', async () => {
    const script = join(folder.path, 'owner.mjs');
    const module = pathToFileURL(join(appFolder, 'dist/processes/managed-process.js')).href;
    writeFileSync(
      script,
      `import { ManagedProcess } from ${JSON.stringify(module)};
      const child = await ManagedProcess.start({ label: 'sleeper', command: 'sleep', args: ['600'], logFile: ${JSON.stringify(folder.logOf('sleeper'))} });
      console.log(child.pid);
      setInterval(() => undefined, 1000);`,
    );
    const owner = spawn(nodeBinary, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(
      await new Promise<string>((resolve) => owner.stdout.once('data', (data) => resolve(String(data)))),
    );
    expect(startTimeOf(pid)).toBeDefined();
    owner.kill('SIGKILL');
    await until('the orphan to end', () => startTimeOf(pid) === undefined, { timeoutMs: 15_000 });
  }, 30_000);
});
