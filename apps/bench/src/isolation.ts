// What one tenant's trouble costs another: a quiet workspace is sent ten messages a second, alone and then beside each
// trouble. The figure is how much later its slowest hundredth reaches Slack; the baseline is how late it is alone.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { connectSimulatedWorkspace, kafkaClient, startPlayground, until, type Playground } from '@carillon/playground';
import { connectMany, tenants } from './connect-many.ts';
import { analyse, holdLane, insertReady, liveDeliveries, numberOf } from './ledger.ts';
import { openLoop, planEvenly } from './open-loop.ts';
import { prefill, requested, retracted } from './prefill.ts';
import { figure, percentile, type Figure } from './report.ts';
import { control, load, messages, request } from './workspace.ts';

/** Ten a second over the channels. */
const quietChannels = 20;
const rhythm = { everyMs: 2_000, jitterMs: 400 };
const seconds = 20;
const warmUpSeconds = 8;
const slow = { workspaces: 50, channels: 10, answersAfterMs: 10_000, each: 40 };
const heldRows = 100_000;
const retractedRows = 20_000;
const lost = 'bench-lost';

interface Trouble {
  name: string;
  goal: string;
  begin: () => Promise<() => Promise<void>>;
}

export async function* isolationBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    tenants: ['acme', ...tenants],
    // The answers that come after ten seconds are waited for.
    env: { delivery: { CALL_TIMEOUT_MS: '20s', LEASE_MS: '40s', LOG_LEVEL: 'warn' } },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await database.connect();
    const quiet = await connectSimulatedWorkspace(playground, { teamId: 'T0QUIET', channels: quietChannels });
    const latencies = async (duration = seconds): Promise<number[]> =>
      (await openLoop(playground, planEvenly(quiet, { ...rhythm, seconds: duration }))).map(
        ({ publishedAt, receivedAt }) => receivedAt - publishedAt,
      );
    await latencies(warmUpSeconds);
    for (const { name, goal, begin } of troubles(playground, database)) {
      const alone = await latencies();
      const end = await begin();
      const beside = await latencies();
      await end();
      const [p50, p99] = [0.5, 0.99].map((share) => ({
        alone: percentile(alone, share),
        beside: percentile(beside, share),
      }));
      yield figure(`isolation-${name}`, p99!.beside - p99!.alone, p99!.alone, 'ms', 'less', { goal, p99, p50 });
    }
    yield* startBesideReader(playground, database);
  } finally {
    await database.end();
    await playground.stop();
  }
}

/** In an order in which none disturbs the baseline of the next. */
function troubles(playground: Playground, database: pg.Client): Trouble[] {
  return [
    {
      name: 'locked-row',
      goal: "ours ≤ 30, beside a row of another tenant's queue that somebody has locked (was 6,000)",
      begin: () => beginLocked(playground, database),
    },
    {
      name: 'reader',
      goal: 'ours ≤ 30, beside a reader of the whole history such as a dump (was for as long as it reads)',
      begin: () => beginReader(playground),
    },
    {
      name: 'retractions',
      goal: `ours ≤ 30, beside ${retractedRows} retractions of another tenant (one statement was one of 33,000)`,
      begin: () => beginRetractions(playground, database),
    },
    {
      name: 'expiry',
      goal: `ours ≤ 30, beside ${heldRows} deliveries of another tenant that expire at once (was 8,900)`,
      begin: async () => {
        await hold(database, heldRows);
        await database.query(`UPDATE delivery_live SET expires_at = now(), expiry_asked = true WHERE lane = 'T0HELD'`);
        return () => untilNothingIsHeld(database);
      },
    },
    {
      name: 'slow-slack',
      goal: `ours ≤ 30, beside ${slow.workspaces} workspaces whose Slack answers after some ${slow.answersAfterMs / 1_000} s (was 19,000)`,
      begin: () => beginSlow(playground, database),
    },
  ];
}

async function beginLocked(playground: Playground, database: pg.Client): Promise<() => Promise<void>> {
  const busy = await connectSimulatedWorkspace(playground, { teamId: 'T0BUSY', channels: 10, tenant: tenants[0]! });
  const count = seconds * busy.channels.length;
  await load(playground, { ...busy, tenant: tenants[0]! }, count);
  await until('the busy queue', async () => (await liveDeliveries(database)) > count / 2, { timeoutMs: 30_000 });
  const locking = await connect(playground);
  await locking.query('BEGIN');
  await locking.query(
    `SELECT FROM delivery_live WHERE delivery_id IN (SELECT DISTINCT ON (channel) delivery_id FROM delivery_live WHERE lane = 'T0BUSY' AND state = 'ready' ORDER BY channel, seq)
       FOR UPDATE`,
  );
  return async () => {
    await locking.end();
    await until('an empty queue', async () => (await liveDeliveries(database)) === 0, { timeoutMs: 120_000 });
  };
}

async function beginReader(playground: Playground): Promise<() => Promise<void>> {
  const reading = await connect(playground);
  await reading.query('BEGIN');
  await reading.query('LOCK TABLE delivery, delivery_settled IN ACCESS SHARE MODE');
  return () => reading.end();
}

/** In a workspace whose lane an operator has paused, so that all of them wait to be sent. */
async function beginRetractions(playground: Playground, database: pg.Client): Promise<() => Promise<void>> {
  const [, tenant = ''] = tenants;
  const { installationId, channels } = await connectSimulatedWorkspace(playground, {
    teamId: 'T0TAKEN',
    channels: 100,
    tenant,
  });
  const target = (n: number) => ({ tenant, installationId, channel: channels[n % channels.length]! });
  const kafka = kafkaClient(playground.kafka.brokers, 'bench');
  await prefill(kafka, requested, 1, () => request(target(0), 'first', 'The lane exists'));
  const sent = async (): Promise<number> => (await messages(playground, { team: 'T0TAKEN' })).length;
  await until('the first message', async () => (await sent()) === 1, { timeoutMs: 30_000 });
  await pause(playground, 'T0TAKEN');
  await prefill(kafka, requested, retractedRows, (n) => request(target(n), `taken-${n}`, `Taken ${n}`));
  await until('what is retracted', async () => (await liveDeliveries(database)) >= retractedRows, {
    timeoutMs: 120_000,
  });
  await prefill(kafka, retracted, retractedRows, (n) => ({
    key: `taken-${n}`,
    id: `taken-${n}-back`,
    source: '/bench',
    data: { tenantId: tenant, source: '/bench', id: `taken-${n}` },
  }));
  return async () => {
    await until('nothing left', async () => (await liveDeliveries(database)) === 0, {
      timeoutMs: 180_000,
      everyMs: 500,
    });
  };
}

async function pause(playground: Playground, lane: string): Promise<void> {
  const token = await playground.issuer.mint({ sub: 'operator', roles: ['operator'] });
  const response = await fetch(`${playground.service('delivery').url}/v1/lanes/${lane}/pause`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'a benchmark' }),
  });
  if (!response.ok) throw new Error(`the pause of ${lane} was answered ${response.status}: ${await response.text()}`);
}

async function beginSlow(playground: Playground, database: pg.Client): Promise<() => Promise<void>> {
  const connected = await connectMany(playground, slow);
  await control(
    playground,
    '/_sim/faults',
    // About ten seconds: with the very same time, five hundred answers would come in one instant.
    connected.map(({ teamId }, n) => ({
      team: teamId,
      kind: 'timeout_after',
      value: slow.answersAfterMs * (0.9 + (0.2 * n) / slow.workspaces),
    })),
  );
  await Promise.all(connected.map((workspace) => load(playground, workspace, slow.each)));
  await delay(slow.answersAfterMs);
  return async () => {
    await fetch(`${playground.slack.url}/_sim/faults`, { method: 'DELETE' });
    await until('an empty queue', async () => (await liveDeliveries(database)) === 0, { timeoutMs: 180_000 });
  };
}

/** Whether a process can start while somebody reads the history; the baseline is a start without. */
async function* startBesideReader(playground: Playground, database: pg.Client): AsyncIterable<Figure> {
  const delivery = playground.service('delivery');
  const restarted = async (): Promise<number> => {
    const begun = performance.now();
    await delivery.restart();
    return performance.now() - begun;
  };
  const alone = await restarted();
  const end = await beginReader(playground);
  const beside = await restarted();
  await end();
  yield figure('isolation-start', beside, alone, 'ms', 'less', {
    goal: 'ratio ≤ 1.5, beside a reader of the whole history (a process could not start)',
    settled: await numberOf(database, 'SELECT count(*)::float8 AS n FROM delivery_settled'),
  });
}

/** Ready rows of another tenant, of an installation that is lost, so that they stay. */
async function hold(database: pg.Client, count: number): Promise<void> {
  await holdLane(database, { installation: lost, tenant: tenants[1]!, team: 'T0HELD', lane: 'T0HELD' });
  await insertReady(
    database,
    `SELECT '${tenants[1]}' AS tenant, 'T0HELD' AS lane, 'C0HELD' || n % 100 AS channel, '${lost}' AS installation,
            '{"kind":"slack"}'::json AS destination FROM generate_series(1, ${count}) AS n`,
  );
  await analyse(database);
}

async function untilNothingIsHeld(database: pg.Client): Promise<void> {
  const held = (): Promise<number> =>
    numberOf(database, `SELECT count(*)::integer AS n FROM delivery_live WHERE lane = 'T0HELD'`);
  await until('nothing held', async () => (await held()) === 0, { timeoutMs: 180_000, everyMs: 500 });
}

async function connect(playground: Playground): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  await client.connect();
  return client;
}
