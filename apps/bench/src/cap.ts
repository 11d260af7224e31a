// Whether a workspace's limit that nobody told us is found and used: Slack accepts 300 messages a minute, a backlog
// always waits, and so many channels share it that none is ever limited itself. Real time: learning minutes, then
// measured ones.
import { CannotStart, connectSimulatedWorkspace, startPlayground } from '@carillon/playground';
import { environment } from './environment.ts';
import { figure, type Figure } from './report.ts';
import { calls, control, load, posts } from './workspace.ts';

const capPerMinute = 300;
const channels = 60;
/** Settled: the first minute in which this share of the cap was accepted, and nothing refused. */
const goalShare = 0.97;

export interface CapMinutes {
  learn: number;
  measure: number;
}

export const capMinutes = (env: NodeJS.ProcessEnv = environment): CapMinutes => ({
  learn: minutes(env, 'CAP_LEARN_MINUTES', 10),
  measure: minutes(env, 'CAP_MEASURE_MINUTES', 30),
});

function minutes(env: NodeJS.ProcessEnv, name: string, byDefault: number): number {
  const given = env[name]?.trim() || String(byDefault);
  const value = Number(given);
  if (!Number.isFinite(value) || value <= 0)
    throw new CannotStart(`${name} is a number of minutes above 0, not "${given}".`);
  return value;
}

export async function* capBench({ learn, measure }: CapMinutes): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: { LOG_LEVEL: 'warn' } },
  });
  try {
    const workspace = await connectSimulatedWorkspace(playground, { teamId: 'T0BENCH', channels });
    await control(playground, '/_sim/limits', { workspacePerMinute: capPerMinute, retryAfter: 1 });
    // A full bucket lets a minute's worth pass on top, once.
    const count = Math.ceil(capPerMinute * (learn + measure + 2) * 1.1);
    await load(playground, workspace, count);
    await new Promise((resolve) => setTimeout(resolve, (learn + measure) * 60_000));
    if ((await posts(playground)).ok >= count)
      throw new Error('The backlog ran dry: what was measured is not the pace.');
    yield* figures(await calls(playground), { learn, measure });
  } finally {
    await playground.stop();
  }
}

type Call = Awaited<ReturnType<typeof calls>>[number];

function* figures(all: readonly Call[], { learn, measure }: CapMinutes): Iterable<Figure> {
  const begun = all[0]!.at;
  const end = begun + (learn + measure) * 60_000;
  const measured = all.filter(({ at }) => at >= begun + learn * 60_000 && at < end);
  const accepted = measured.filter(({ ok }) => ok).length;
  const refused = measured.filter(({ rateLimited }) => rateLimited).length;
  const minutes = { learn, measure };
  yield figure('cap', accepted / measure, capPerMinute, 'messages/min', 'more', {
    goal: `ratio ≥ ${goalShare}`,
    minutes,
    accepted,
  });
  yield figure('cap-refusals', (refused / measure) * 10, 1, '429s/10 min', 'less', {
    goal: 'ours ≤ 1',
    minutes,
    refused,
    refusedWhileLearning: all.filter(({ at, rateLimited }) => rateLimited && at < begun + learn * 60_000).length,
  });
  const settledAt = settled(all, begun, end);
  yield figure('cap-settle', ((settledAt ?? end) - begun) / 1_000, learn * 60, 's', 'less', {
    settled: settledAt !== undefined,
    perMinute: perMinute(all, begun, learn + measure),
  });
}

/** The beginning of the first minute that used the cap and met no refusal; looked for second by second. */
function settled(all: readonly Call[], begun: number, end: number): number | undefined {
  for (let from = begun; from + 60_000 <= end; from += 1_000) {
    const minute = all.filter(({ at }) => at >= from && at < from + 60_000);
    const accepted = minute.filter(({ ok }) => ok).length;
    if (
      accepted >= capPerMinute * goalShare &&
      accepted <= capPerMinute * 1.02 &&
      !minute.some(({ rateLimited }) => rateLimited)
    )
      return from;
  }
  return undefined;
}

/** Accepted and refused, minute by minute, for whoever wants to see it learn. */
function perMinute(all: readonly Call[], begun: number, minutes: number): string[] {
  return Array.from({ length: Math.floor(minutes) }, (_, n) => {
    const minute = all.filter(({ at }) => at >= begun + n * 60_000 && at < begun + (n + 1) * 60_000);
    return `${minute.filter(({ ok }) => ok).length}+${minute.filter(({ rateLimited }) => rateLimited).length}`;
  });
}
