// Whether hash partitions of the ledger's large tables pay: resolved → ledger rows through the service, with a million
// notifications of before, in tables as they are and in tables of 16 hash partitions. Nothing is sent.
import type pg from 'pg';
import { compareProgress, type Progress } from './progress-of-group.ts';
import type { Figure } from './report.ts';
import { records, withResolvedTopic, type ResolvedTopic } from './resolved-topic.ts';

const before = 1_000_000;
const partitions = 16;
const roundCount = 3;
/** With the columns by which they are divided. */
const tables = { notification: 'notification_id', decision: 'notification_id', attempt: 'attempt_id' };

export const partitionedBench = (): AsyncIterable<Figure> => withResolvedTopic(measure);

async function* measure({ database, ingested }: ResolvedTopic): AsyncIterable<Figure> {
  await createTwins(database);
  const rounds = { ours: [] as Progress[], bare: [] as Progress[] };
  for (let round = 0; round < roundCount; round++) {
    for (const side of ['bare', 'ours'] as const) {
      await forgetRecords(database);
      rounds[side].push(await ingested());
      await changeOver(database);
    }
  }
  yield {
    ...compareProgress('partitioned', 'deliveries/s', rounds),
    goal: 'it pays where ratio > 1.1',
    records,
    before,
  };
}

/** Tables with partitions and the same rows, under other names. */
async function createTwins(database: pg.Client): Promise<void> {
  await database.query(
    `INSERT INTO notification (notification_id, tenant_id, source, external_id, type, category, content, priority, expires_at, ambiguity, mutable, retention_days, forget_on)
     SELECT gen_random_uuid(), 'acme', '/before', n::text, 'report.ready', 'reports', json_build_object('title', 'Report ' || n, 'body', repeat('x', 300)),
            1, now() + interval '7 days', 'resend', true, 90, current_date + 90 FROM generate_series(1, ${before}) AS n`,
  );
  await database.query(
    `INSERT INTO decision (notification_id, recipient, answer) SELECT notification_id, 'member:m' || external_id, '{"verdict":"send"}' FROM notification`,
  );
  await database.query(
    `INSERT INTO attempt (attempt_id, delivery_id, n, result, at) SELECT gen_random_uuid(), notification_id, 1, 'delivered', now() FROM notification`,
  );
  for (const [table, column] of Object.entries(tables)) {
    await database.query(`CREATE TABLE ${table}_other (LIKE ${table} INCLUDING ALL) PARTITION BY HASH (${column})`);
    for (let n = 0; n < partitions; n++)
      await database.query(
        `CREATE TABLE ${table}_${n} PARTITION OF ${table}_other FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${n})`,
      );
    await database.query(`INSERT INTO ${table}_other SELECT * FROM ${table}`);
    await database.query(`VACUUM ANALYZE ${table}, ${table}_other`);
  }
}

/** The twins take the names. */
async function changeOver(database: pg.Client): Promise<void> {
  for (const table of Object.keys(tables)) {
    await database.query(`ALTER TABLE ${table} RENAME TO ${table}_aside`);
    await database.query(`ALTER TABLE ${table}_other RENAME TO ${table}`);
    await database.query(`ALTER TABLE ${table}_aside RENAME TO ${table}_other`);
  }
}

/** Those of an earlier round. */
async function forgetRecords(database: pg.Client): Promise<void> {
  await database.query('TRUNCATE delivery, outbox');
  await database.query(
    `WITH gone AS (DELETE FROM notification WHERE source = '/bench' RETURNING notification_id)
     DELETE FROM decision WHERE notification_id IN (SELECT notification_id FROM gone)`,
  );
  await database.query('VACUUM ANALYZE notification, decision');
  await database.query('CHECKPOINT').catch(() => undefined);
}
