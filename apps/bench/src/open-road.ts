// Sends a second with no limits anywhere: ours from ready rows in the ledger to Slack, with how far behind the
// recording of results was at the end; the baseline a bare WebClient at concurrency 100 against the same simulator.
import { WebClient } from '@slack/web-api';
import pg from 'pg';
import {
  connectSimulatedWorkspace,
  startPlayground,
  until,
  type Playground,
  type SimulatedWorkspace,
} from '@carillon/playground';
import { liveDeliveries } from './ledger.ts';
import { figure, median, type Figure } from './report.ts';
import { botToken, control, load, posts } from './workspace.ts';

const count = 10_000;
const channels = 200;
const rounds = 3;
const concurrency = 100;

export async function* openRoadBench(): AsyncIterable<Figure> {
  const unpaced = {
    CHANNEL_PER_SECOND: '0',
    WORKSPACE_PER_MINUTE: '0',
    SENDS_PER_LANE: String(concurrency),
    LOG_LEVEL: 'warn',
  };
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: unpaced },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery') });
  try {
    await database.connect();
    const connected = await connectSimulatedWorkspace(playground, { teamId: 'T0BENCH', channels });
    await control(playground, '/_sim/limits', { channelPerSecond: 0, workspacePerMinute: 0 });
    const token = await botToken(playground, connected.installationId);
    const rates = { ours: [] as number[], bare: [] as number[] };
    const recordedAfterMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      rates.bare.push(await bare(playground, connected, token));
      const sent = await ours(playground, connected, database);
      rates.ours.push(sent.rate);
      recordedAfterMs.push(sent.recordedAfterMs);
    }
    yield figure('open-road', median(rates.ours), median(rates.bare), 'sends/s', 'more', {
      rounds: rates,
      recordedAfterMs,
      count,
    });
  } finally {
    await database.end();
    await playground.stop();
  }
}

async function bare(playground: Playground, { channels: targets }: SimulatedWorkspace, token: string): Promise<number> {
  const client = new WebClient(token, {
    slackApiUrl: `${playground.slack.url}/api/`,
    maxRequestConcurrency: concurrency,
  });
  let next = 0;
  const before = (await posts(playground)).ok;
  const calls = Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = next++; n < count; n = next++) {
        await client.chat.postMessage({
          channel: targets[n % targets.length]!,
          text: `Report ${n}`,
          blocks: [{ type: 'header', text: { type: 'plain_text', text: `Report ${n}` } }],
        });
      }
    }),
  );
  const rate = await rateOfPosts(playground, before);
  await calls;
  return rate;
}

/** Between a tenth and nine tenths of the posts, for both sides: neither the start nor the tail counts. */
function rateOfPosts(playground: Playground, before: number): Promise<number> {
  let first: { at: number; done: number } | undefined;
  return until(
    'all posts',
    async () => {
      const done = (await posts(playground)).ok - before;
      const at = performance.now();
      if (!first && done >= count * 0.1) first = { at, done };
      return first && done >= count * 0.9 ? ((done - first.done) / (at - first.at)) * 1000 : undefined;
    },
    { timeoutMs: 120_000, everyMs: 25 },
  );
}

/** Everything is in the ledger before the lane is let go, so that what is measured is sending and recording. */
async function ours(
  playground: Playground,
  connected: SimulatedWorkspace,
  database: pg.Client,
): Promise<{ rate: number; recordedAfterMs: number }> {
  const before = (await posts(playground)).ok;
  await database.query(`UPDATE installation SET state = 'lost'`);
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  await load(playground, connected, count);
  await until('the load in the ledger', async () => (await liveDeliveries(database)) >= count, { timeoutMs: 60_000 });
  await database.query(`UPDATE installation SET state = 'active'`);
  const rate = await rateOfPosts(playground, before);
  await until('the last posts', async () => (await posts(playground)).ok - before >= count, {
    timeoutMs: 60_000,
    everyMs: 5,
  });
  const sentAt = performance.now();
  await until('all results', async () => (await liveDeliveries(database)) === 0, { timeoutMs: 60_000, everyMs: 5 });
  return { rate, recordedAfterMs: Math.round(performance.now() - sentAt) };
}
