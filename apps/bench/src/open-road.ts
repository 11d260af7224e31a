// Sends a second with no limits anywhere: ours from ready rows in the ledger to recorded results; the baseline a bare
// WebClient at concurrency 100 against the same simulator.
import { WebClient } from '@slack/web-api';
import pg from 'pg';
import { startPlayground, until, type Playground } from '@carillon/playground';
import { figure, median, type Figure } from './report.ts';
import { connect, control, load, posts, type Connected } from './workspace.ts';

const count = 10_000;
const channels = 200;
const rounds = 3;
const concurrency = 100;

export async function* openRoadBench(): AsyncIterable<Figure> {
  const unpaced = { CHANNEL_PER_SECOND: '0', WORKSPACE_PER_MINUTE: '0', SENDS_PER_LANE: String(concurrency), LOG_LEVEL: 'warn' };
  const playground = await startPlayground({ portOffset: 'free', quiet: true, durable: false, env: { delivery: unpaced } });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery') });
  try {
    await database.connect();
    const connected = await connect(playground, channels);
    await control(playground, '/_sim/limits', { channelPerSecond: 0, workspacePerMinute: 0 });
    const token = await botToken(playground, connected.installationId);
    const rates = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      rates.bare.push(await bare(playground, connected, token));
      rates.ours.push(await ours(playground, connected, database));
    }
    yield figure('open-road', median(rates.ours), median(rates.bare), 'sends/s', 'more', { rounds: rates, count });
  } finally {
    await database.end();
    await playground.stop();
  }
}

async function bare(playground: Playground, { channels: targets }: Connected, token: string): Promise<number> {
  const client = new WebClient(token, { slackApiUrl: `${playground.slack.url}/api/`, maxRequestConcurrency: concurrency });
  let next = 0;
  const before = (await posts(playground)).ok;
  const calls = Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = next++; n < count; n = next++) {
        await client.chat.postMessage({ channel: targets[n % targets.length]!, text: `Report ${n}`, blocks: [{ type: 'header', text: { type: 'plain_text', text: `Report ${n}` } }] });
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
async function ours(playground: Playground, connected: Connected, database: pg.Client): Promise<number> {
  const before = (await posts(playground)).ok;
  await database.query(`UPDATE installation SET state = 'lost'`);
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  await load(playground, connected, count);
  const live = async (): Promise<number> => (await database.query<{ n: number }>('SELECT count(*)::integer AS n FROM delivery_live')).rows[0]!.n;
  await until('the load in the ledger', async () => (await live()) >= count, { timeoutMs: 60_000 });
  await database.query(`UPDATE installation SET state = 'active'`);
  const rate = await rateOfPosts(playground, before);
  await until('all results', async () => (await live()) === 0, { timeoutMs: 60_000 });
  return rate;
}

async function botToken(playground: Playground, installationId: string): Promise<string> {
  const token = await playground.token({ tenant: '', sub: 'bench', roles: ['service'] });
  const response = await fetch(`${playground.service('installation').url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ installationIds: [installationId] }),
  });
  const { tokens } = (await response.json()) as { tokens: { token: string }[] };
  return tokens[0]!.token;
}
