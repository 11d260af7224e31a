// 200 messages over 10 channels, one a second each, with Slack's limits in force: the ideal is 19 s between first and
// last.
import { connectSimulatedWorkspace, startPlayground, until } from '@carillon/playground';
import { figure, type Figure } from './report.ts';
import { load, messages, posts } from './workspace.ts';

const count = 200;
const channels = 10;
const idealSeconds = count / channels - 1;

export async function* pacedBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({ portOffset: 'free', quiet: true, durable: false });
  try {
    const connected = await connectSimulatedWorkspace(playground, { teamId: 'T0BENCH', channels });
    await load(playground, connected, count);
    await until('all messages', async () => (await posts(playground)).ok >= count, { timeoutMs: 120_000 });
    const seen = await messages(playground, { team: connected.teamId });
    const times = seen.map((message) => message.receivedAt);
    const { rateLimited } = await posts(playground);
    yield figure('paced', (Math.max(...times) - Math.min(...times)) / 1000, idealSeconds, 's', 'less', {
      rateLimited,
      inversions: inversions(seen),
    });
  } finally {
    await playground.stop();
  }
}

/** Pairs of neighbours in a channel that came in the wrong order. */
function inversions(seen: readonly { channel: string; text: string; receivedAt: number }[]): number {
  const last = new Map<string, number>();
  let count = 0;
  for (const { channel, text } of [...seen].sort((a, b) => a.receivedAt - b.receivedAt)) {
    const n = Number(/\d+/.exec(text)?.[0]);
    if (n < (last.get(channel) ?? -1)) count++;
    last.set(channel, n);
  }
  return count;
}
