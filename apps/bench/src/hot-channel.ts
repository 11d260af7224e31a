// Whether a busy channel delays its neighbours: 50 channels of one workspace, each told something every 2 s, alone and
// then beside a channel with 2,000 messages waiting. Slack's limit per channel is in force, the workspace's is out of
// the way.
import pg from 'pg';
import { connectSimulatedWorkspace, startPlayground, until } from '@carillon/playground';
import { liveDeliveries } from './ledger.ts';
import { openLoop, planEvenly } from './open-loop.ts';
import { figure, percentile, type Figure } from './report.ts';
import { control, load } from './workspace.ts';

const neighbours = 50;
const everyMs = 2_000;
/** Each comes up to this much later than that; two of one channel stay more than its second apart. */
const jitterMs = 400;
const seconds = 36;
const warmUpSeconds = 8;
const waiting = 2_000;

export async function* hotChannelBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: { WORKSPACE_PER_MINUTE: '0', LOG_LEVEL: 'warn' } },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery') });
  try {
    await database.connect();
    const { installationId, channels } = await connectSimulatedWorkspace(playground, {
      teamId: 'T0BENCH',
      channels: neighbours + 1,
    });
    await control(playground, '/_sim/limits', { workspacePerMinute: 0 });
    const [hot = '', ...others] = channels;
    const latencies = async (duration: number): Promise<number[]> =>
      (
        await openLoop(
          playground,
          planEvenly({ installationId, channels: others }, { everyMs, jitterMs, seconds: duration }),
        )
      ).map(({ publishedAt, receivedAt }) => receivedAt - publishedAt);
    await latencies(warmUpSeconds);
    const alone = await latencies(seconds);
    await load(playground, { installationId, channels: [hot] }, waiting);
    await until('the backlog in the ledger', async () => (await liveDeliveries(database)) > waiting * 0.95, {
      timeoutMs: 60_000,
    });
    const beside = await latencies(seconds);
    const stillWaiting = await liveDeliveries(database);
    const p99 = { alone: percentile(alone, 0.99), beside: percentile(beside, 0.99) };
    yield figure('hot-channel', p99.beside - p99.alone, p99.alone, 'ms', 'less', {
      goal: 'ours ≤ 30: p99 beside the hot channel less p99 alone, which is the baseline',
      p99,
      p50: { alone: percentile(alone, 0.5), beside: percentile(beside, 0.5) },
      messages: beside.length,
      stillWaiting,
    });
  } finally {
    await database.end();
    await playground.stop();
  }
}
