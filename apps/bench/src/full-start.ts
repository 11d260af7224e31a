// A delivery process that starts with two million deliveries in its queues: 2,000 workspaces × 150 channels × 7. How
// soon the first leaves, how soon as many leave as ever, and how much memory it takes, against the goals. The baseline
// is what is allowed; the machine also runs the database and Slack.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPlayground, until, type Playground } from '@carillon/playground';
import { connectMany, tenants, type ConnectedWorkspace } from './connect-many.ts';
import { analyse, insertReady, numberOf } from './ledger.ts';
import { figure, median, type Figure } from './report.ts';
import { posts } from './workspace.ts';

const [workspaces, channels, each] = [2_000, 150, 7];
const goals = { firstMs: 2_000, fullPaceMs: 10_000, heapMb: 150 };
const watchedSeconds = 40;
/** What the rate is compared with: the median of the seconds from here on. */
const settledAfterSeconds = 15;
const fullShare = 0.8;
/** Seconds. */
const collectedWithin = 8;

export async function* fullStartBench(): AsyncIterable<Figure> {
  const quiet = { LOG_LEVEL: 'warn' };
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    services: ['installation', 'preferences', 'delivery'],
    tenants,
    env: { installation: quiet, preferences: quiet, delivery: quiet },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await database.connect();
    const connected = await connectMany(playground, { workspaces, channels });
    const installed = () => numberOf(database, 'SELECT count(*)::integer AS n FROM installation');
    await until('all installations in delivery', async () => (await installed()) >= workspaces, { timeoutMs: 60_000 });
    const delivery = playground.service('delivery');
    await delivery.restart();
    const emptyHeap = await heapMb(playground);
    await delivery.stop();
    await fill(database, connected);
    const begun = performance.now();
    await delivery.start();
    const ready = delivery.waitReady().then(() => performance.now() - begun);
    const { firstMs, perSecond, heaps } = await watch(playground, begun);
    const readyMs = await ready;
    const settled = median(perSecond.slice(settledAfterSeconds));
    const full = perSecond.findIndex((rate) => rate >= fullShare * settled);
    const details = { queued: workspaces * channels * each, workspaces, channels, readyMs: Math.round(readyMs) };
    yield figure('full-start', firstMs, goals.firstMs, 'ms', 'less', {
      goal: 'the first message within 2 s of the start, the baseline',
      ...details,
    });
    yield figure('full-start-pace', full * 1_000, goals.fullPaceMs, 'ms', 'less', {
      goal: 'full pace within 10 s of the start, the baseline',
      perSecond,
    });
    yield figure('full-start-heap', inUse(heaps) - emptyHeap, goals.heapMb, 'MB', 'less', {
      goal: 'at most 150 MB more than with empty queues, the baseline',
      inUse: inUse(heaps),
      withGarbage: Math.max(...heaps),
      emptyHeap,
    });
  } finally {
    await database.end();
    await playground.stop();
  }
}

/** The most that outlived a collection: within each of these spans there was one, and after it the heap is lowest. */
function inUse(heaps: readonly number[]): number {
  const spans = heaps.slice(collectedWithin - 1).map((_, n) => heaps.slice(n, n + collectedWithin));
  return Math.max(...spans.map((span) => Math.min(...span)));
}

/** Messages in each second from the start of the process on, and its heap in MB, with what is not collected yet. */
async function watch(
  playground: Playground,
  begun: number,
): Promise<{ firstMs: number; perSecond: number[]; heaps: number[] }> {
  const before = (await posts(playground)).ok;
  let firstMs = Infinity;
  const heaps: number[] = [];
  const totals = [0];
  while (totals.length <= watchedSeconds) {
    const now = performance.now() - begun;
    const sent = (await posts(playground)).ok - before;
    if (sent > 0) firstMs = Math.min(firstMs, now);
    while (totals.length * 1_000 <= now) {
      totals.push(sent);
      // At first it does not listen yet.
      const heap = await heapMb(playground).catch(() => undefined);
      if (heap !== undefined) heaps.push(heap);
    }
    await delay(25);
  }
  return { firstMs, perSecond: totals.slice(1).map((total, n) => total - totals[n]!), heaps };
}

async function heapMb(playground: Playground): Promise<number> {
  const response = await fetch(`${playground.service('delivery').url}/metrics`);
  const [, bytes = 'NaN'] = /^nodejs_heap_size_used_bytes\S* (\S+)$/m.exec(await response.text()) ?? [];
  return Math.round(Number(bytes) / 1_000_000);
}

async function fill(database: pg.Client, connected: readonly ConnectedWorkspace[]): Promise<void> {
  await database.query(`CREATE TEMP TABLE target (team text, installation text, tenant text, channels text[])`);
  for (const { teamId, installationId, tenant, channels: names } of connected) {
    const [team, installation, owner] = [teamId, installationId, tenant].map((text) => database.escapeLiteral(text));
    await database.query(`INSERT INTO target VALUES (${team}, ${installation}, ${owner}, '{${names.join(',')}}')`);
  }
  await database.query(`INSERT INTO lane (lane_id) SELECT team FROM target ON CONFLICT DO NOTHING`);
  for (let n = 0; n < each; n++) {
    await insertReady(
      database,
      `SELECT tenant, team AS lane, channel, installation,
              json_build_object('kind', 'slack', 'surface', 'channel', 'installationId', installation, 'teamId', team, 'channel', channel) AS destination
         FROM target CROSS JOIN unnest(channels) AS channel`,
    );
  }
  await analyse(database);
}
