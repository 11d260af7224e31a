// What one delivery costs delivery and its database, from the resolved record to its outcome on Kafka: processor time,
// write-ahead log, and bytes that stay. For planning (docs/scale.md): the baseline of each figure is the unit itself.
import pg from 'pg';
import { connectSimulatedWorkspace, startPlayground, until, type Playground } from '@carillon/playground';
import { liveDeliveries, numberOf } from './ledger.ts';
import { cpuSecondsOf, cpuSecondsOfTree } from './process-time.ts';
import { figure, type Figure } from './report.ts';
import { control, load } from './workspace.ts';

const count = 30_000;
const warmUp = 5_000;
const channels = 200;

export async function* deliveryCostBench(): AsyncIterable<Figure> {
  const unpaced = { CHANNEL_PER_SECOND: '0', WORKSPACE_PER_MINUTE: '0', LOG_LEVEL: 'warn' };
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: unpaced },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await database.connect();
    const connected = await connectSimulatedWorkspace(playground, { teamId: 'T0BENCH', channels });
    await control(playground, '/_sim/limits', { channelPerSecond: 0, workspacePerMinute: 0 });
    const carried = async (more: number): Promise<void> => {
      const before = await outcomes(database);
      await load(playground, connected, more);
      await until('all outcomes', async () => (await outcomes(database)) - before >= more, { timeoutMs: 180_000 });
      await until('an empty queue', async () => (await liveDeliveries(database)) === 0, { timeoutMs: 60_000 });
    };
    await carried(warmUp);
    const read = async () => ({
      wal: await numberOf(database, `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS n`),
      atRest: await numberOf(database, atRest),
      service: cpuSecondsOf(playground.service('delivery').pid!),
      database: cpuSecondsOfTree(playground.postgres.pid!),
      ...(await statementSeconds(playground)),
      at: performance.now(),
    });
    const before = await read();
    await carried(count);
    const after = await read();
    const each = (key: Exclude<keyof typeof before, 'at'>): number => (after[key] - before[key]) / count;
    const perSecond = Math.round(count / ((after.at - before.at) / 1_000));
    // The database also has the other services' statements, and ours of preferences among them.
    yield figure('delivery-cost-service', each('service') * 1e6, 1, 'µs of processor', 'less', { count, perSecond });
    yield figure('delivery-cost-database', each('database') * 1e6, 1, 'µs of processor', 'less');
    yield figure('delivery-cost-wal', each('wal'), 1, 'bytes of WAL', 'less');
    yield figure('delivery-cost-at-rest', each('atRest'), 1, 'bytes with indexes', 'less');
    // The first claims of idle lanes are made by the statement that ingests (bench ingest), so this is the least.
    yield figure('delivery-cost-claim', 1 / each('claim'), 1, 'rows/s of one connection', 'more');
    yield figure('delivery-cost-result', 1 / each('result'), 1, 'rows/s of one connection', 'more');
  } finally {
    await database.end();
    await playground.stop();
  }
}

/** What delivery's statements have taken so far. */
async function statementSeconds(playground: Playground): Promise<{ claim: number; result: number }> {
  const text = await (await fetch(`${playground.service('delivery').url}/metrics`)).text();
  const of = (statement: string): number =>
    Number(
      new RegExp(`^carillon_delivery_statement_seconds_sum\\{statement="${statement}"\\} (\\S+)$`, 'm').exec(text)?.[1],
    );
  return { claim: of('claim'), result: of('result') };
}

const atRest = `
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 AS n FROM pg_class c
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname ~ '^(notification|decision|delivery|attempt)'`;

const outcomes = (database: pg.Client): Promise<number> =>
  numberOf(database, 'SELECT count(*)::float8 AS n FROM delivery WHERE settled');
