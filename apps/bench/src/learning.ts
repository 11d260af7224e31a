// Whether a lane learns Slack's posting limit, and nothing else, from its refusals, in real time and one run: a hidden
// limit; the same limit while one message in fifty is refused by chance; and such refusals where no limit is near. The
// baseline is what the limit or the channels allow. A workspace of sixty channels is compared with a bare sender beside
// it, because each refusal blocks a workspace for real: among sixty channels nobody can use what the channels allow.
import pg from 'pg';
import {
  CannotStart,
  connectSimulatedWorkspace,
  startPlayground,
  until,
  type Playground,
  type SimulatedWorkspace,
} from '@carillon/playground';
import { sendPlainly } from './plain-sender.ts';
import { figure, type Figure } from './report.ts';
import { botToken, calls, control, load, posts } from './workspace.ts';

const capPerMinute = 300;
const chance = 0.02;
const manyChannels = 60;
/** So few that blocks of a second take 4 % of what the channels allow. */
const fewChannels = 4;
const perChannelPerMinute = 60;
const teams = { cap: 'T0CAP', both: 'T0BOTH', far: 'T0FAR', wide: 'T0WIDE', plain: 'T0PLAIN' };
export const defaultLearningMinutes = 10;

export function learningMinutes(given: string | undefined): number {
  const minutes = Number(given ?? defaultLearningMinutes);
  if (!Number.isFinite(minutes) || minutes <= 0)
    throw new CannotStart(`--minutes is a number above 0, not "${given}".`);
  return minutes;
}

/** Takes three times `minutes`: to learn the limit, to use it, and without a limit. */
export async function* learningBench(minutes: number): AsyncIterable<Figure> {
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    env: { delivery: { LOG_LEVEL: 'warn' }, preferences: { LOG_LEVEL: 'warn' } },
  });
  try {
    const workspace = (teamId: string, channels: number) => connectSimulatedWorkspace(playground, { teamId, channels });
    const cap = await workspace(teams.cap, manyChannels);
    const both = await workspace(teams.both, manyChannels);
    const far = await workspace(teams.far, fewChannels);
    const wide = await workspace(teams.wide, manyChannels);
    const plain = await workspace(teams.plain, manyChannels);
    await refuseByChance(playground, [teams.both, teams.far, teams.wide, teams.plain]);
    yield* underLimit(playground, { cap, both }, minutes);
    await pause(playground, [teams.cap, teams.both]);
    yield* withoutLimit(playground, { far, wide, plain }, minutes);
  } finally {
    await playground.stop();
  }
}

async function* underLimit(
  playground: Playground,
  { cap, both }: Record<'cap' | 'both', SimulatedWorkspace>,
  minutes: number,
): AsyncIterable<Figure> {
  await control(playground, '/_sim/limits', { workspacePerMinute: capPerMinute, retryAfter: 1 });
  // A full bucket lets a minute's worth pass on top, once.
  const count = Math.ceil(capPerMinute * (2 * minutes + 2) * 1.1);
  await Promise.all([load(playground, cap, count), load(playground, both, count)]);
  const begun = await firstCalls(playground, [teams.cap, teams.both]);
  await elapsed(begun, 2 * minutes);
  const details = { learnedFor: minutes, measuredFor: minutes };
  for (const [bench, team, goal] of [
    ['learning-cap', teams.cap, 0.97],
    ['learning-cap-and-chance', teams.both, 0.9],
  ] as const) {
    const { accepted, refused } = await measured(playground, team, begun, minutes, 2 * minutes);
    if ((await posts(playground, team)).ok >= count) throw new Error(`The backlog of ${team} ran dry.`);
    yield figure(bench, accepted / minutes, capPerMinute, 'messages/min', 'more', {
      goal: `ratio ≥ ${goal}${team === teams.cap ? ', 429s ≤ 1 in ten minutes' : ''}`,
      refused,
      refusedWhileLearning: (await measured(playground, team, begun, 0, minutes)).refused,
      ...details,
    });
  }
}

async function* withoutLimit(
  playground: Playground,
  { far, wide, plain }: Record<'far' | 'wide' | 'plain', SimulatedWorkspace>,
  minutes: number,
): AsyncIterable<Figure> {
  await control(playground, '/_sim/limits', { workspacePerMinute: 0, retryAfter: 1 });
  const allowed = fewChannels * perChannelPerMinute;
  await load(playground, far, Math.ceil(allowed * (minutes + 2)));
  await load(playground, wide, Math.ceil(manyChannels * perChannelPerMinute * minutes));
  const begun = await firstCalls(playground, [teams.far, teams.wide]);
  const plainly = await sendPlainly({
    url: playground.slack.url,
    token: await botToken(playground, plain.installationId),
    channels: plain.channels,
    everyMs: 60_000 / perChannelPerMinute,
    forMs: minutes * 60_000,
  });
  await elapsed(begun, minutes);
  const few = await measured(playground, teams.far, begun, 0, minutes);
  yield figure('learning-chance', few.accepted / minutes, allowed, 'messages/min', 'more', {
    goal: 'ratio ≥ 0.9 of what the channels allow',
    channels: fewChannels,
    refused: few.refused,
    measuredFor: minutes,
  });
  const many = await measured(playground, teams.wide, begun, 0, minutes);
  yield figure('learning-chance-wide', many.accepted / minutes, plainly.accepted / minutes, 'messages/min', 'more', {
    against: 'a bare sender that knows that there is no limit',
    channels: manyChannels,
    refused: many.refused,
    refusedPlainly: plainly.refused,
    measuredFor: minutes,
  });
}

const refuseByChance = (playground: Playground, refusedTeams: readonly string[]): Promise<unknown> =>
  control(
    playground,
    '/_sim/faults',
    refusedTeams.map((team, n) => ({
      kind: 'rate_limit',
      method: 'chat.postMessage',
      team,
      value: 1,
      probability: chance,
      seed: n + 1,
    })),
  );

/** When the last of the workspaces was first asked to take a message. */
async function firstCalls(playground: Playground, of: readonly string[]): Promise<number> {
  const first = of.map(async (team) => {
    await until(`a message to ${team}`, async () => (await posts(playground, team)).ok > 0, { timeoutMs: 120_000 });
    return (await calls(playground, team))[0]!.at;
  });
  return Math.max(...(await Promise.all(first)));
}

const elapsed = (begun: number, minutes: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + minutes * 60_000 - Date.now())));

async function measured(
  playground: Playground,
  team: string,
  begun: number,
  from: number,
  to: number,
): Promise<{ accepted: number; refused: number }> {
  const within = (await calls(playground, team)).filter(
    ({ at }) => at >= begun + from * 60_000 && at < begun + to * 60_000,
  );
  return {
    accepted: within.filter(({ ok }) => ok).length,
    refused: within.filter(({ rateLimited }) => rateLimited).length,
  };
}

/** What is left of a backlog must not disturb what is measured next. */
async function pause(playground: Playground, lanes: readonly string[]): Promise<void> {
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery') });
  await database.connect();
  try {
    await database.query(
      `UPDATE lane SET paused_at = now(), paused_by = 'bench', pause_reason = 'measured' WHERE lane_id = ANY($1)`,
      [lanes],
    );
  } finally {
    await database.end();
  }
}
