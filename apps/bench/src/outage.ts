// An outage of Slack for everybody in the middle of a load: what it costs. Three workspaces with queues of their own
// are sent to twice, once undisturbed, which is the baseline, and once with an outage. Slack's history may not be read,
// so an attempt without an answer stays in doubt. `outage` compares the time from first to last message, less the
// outage itself; its details tell the attempts in doubt and the time until the first message after it.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import {
  connectSimulatedWorkspace,
  startPlayground,
  until,
  type Playground,
  type SimulatedWorkspace,
} from '@carillon/playground';
import { liveDeliveries } from './ledger.ts';
import { figure, type Figure } from './report.ts';
import { control, load, messages } from './workspace.ts';

const workspaces = 3;
const channels = 10;
const each = 40;
const outageMs = 30_000;
const total = workspaces * channels * each;
/** Of the load, before the outage begins. */
const shareBefore = 0.2;

export async function* outageBench(): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: { LOG_LEVEL: 'warn' } },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery') });
  try {
    await database.connect();
    const quiet = await run(playground, database, 'QUIET', () => Promise.resolve());
    let endedAt = 0;
    const disturbed = await run(playground, database, 'AWAY', async () => {
      await control(playground, '/_sim/faults', [{ kind: 'http_500' }]);
      await delay(outageMs);
      await fetch(`${playground.slack.url}/_sim/faults`, { method: 'DELETE' });
      endedAt = Date.now();
    });
    const first = Math.min(...disturbed.receivedAt.filter((at) => at >= endedAt));
    const lasted = ({ receivedAt }: Run): number => (Math.max(...receivedAt) - Math.min(...receivedAt)) / 1_000;
    yield figure('outage', lasted(disturbed) - outageMs / 1_000, lasted(quiet), 's', 'less', {
      outageSeconds: outageMs / 1_000,
      ambiguousOfLanes: disturbed.ambiguous,
      goal: 'ambiguousOfLanes ≤ 3 each, delivered = of',
      delivered: disturbed.delivered,
      of: total,
      failed: disturbed.failed,
      firstAfterSeconds: (first - endedAt) / 1_000,
    });
  } finally {
    await database.end();
    await playground.stop();
  }
}

interface Run {
  receivedAt: number[];
  /** Attempts without an answer of each lane that had some. */
  ambiguous: number[];
  delivered: number;
  failed: number;
}

async function run(
  playground: Playground,
  database: pg.Client,
  name: string,
  disturb: () => Promise<void>,
): Promise<Run> {
  const connected: SimulatedWorkspace[] = [];
  for (let n = 0; n < workspaces; n++)
    connected.push(
      await connectSimulatedWorkspace(playground, { teamId: `T0${name}${n}`, channels, profile: 'public' }),
    );
  const teams = connected.map(({ teamId }) => teamId);
  const seen = async (): Promise<number[]> =>
    (await Promise.all(teams.map((team) => messages(playground, { team })))).flat().map((one) => one.receivedAt);
  await Promise.all(connected.map((workspace) => load(playground, workspace, channels * each)));
  await until('the first messages', async () => (await seen()).length >= total * shareBefore, { timeoutMs: 120_000 });
  await disturb();
  const ended = async (): Promise<Map<string, number>> => {
    const { rows } = await database.query<{ state: string; count: number }>(
      'SELECT state, count(*)::integer AS count FROM delivery WHERE lane = ANY($1) AND settled GROUP BY 1',
      [teams],
    );
    return new Map(rows.map(({ state, count }) => [state, count]));
  };
  const endedIsAll = async (): Promise<boolean> => [...(await ended()).values()].reduce((a, b) => a + b, 0) >= total;
  await until('the end of all', endedIsAll, { timeoutMs: 600_000, everyMs: 500 });
  if ((await liveDeliveries(database)) > 0) throw new Error('something is still waiting');
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM attempt a JOIN delivery d USING (delivery_id)
      WHERE d.lane = ANY($1) AND a.result = 'unknown' GROUP BY d.lane`,
    [teams],
  );
  const states = await ended();
  return {
    receivedAt: await seen(),
    ambiguous: rows.map(({ count }) => count),
    delivered: states.get('delivered') ?? 0,
    failed: states.get('failed') ?? 0,
  };
}
