// A load while Slack fails and processes are killed at random, measured by nothing-lost-or-silently-doubled.ts. A seed
// repeats the targets, their order and the simulator's faults; it does not repeat the timing.
import type { ServiceName } from '@carillon/playground';
import { countOf, tallyOf, type Tally } from '../nothing-lost-or-silently-doubled.ts';
import type { Fault } from '../slack-world.ts';
import { beyondShortCallMs, shortCalls, Stage } from '../stage.ts';
import { SeededRandom } from '@carillon/runtime/testing';
import { processTargets, serverTargets, type Target } from './targets.ts';

export interface ChaosOptions {
  seed: number;
  notifications: number;
  workspaces: number;
  /** In all. */
  channels: number;
  /** Published a second. */
  perSecond: number;
  /** Shares of the posts. Half of the 5xx and of the timeouts come after the message was posted. */
  faults: { rateLimit: number; http500: number; timeout: number };
  killEveryMs: number;
  /** Whether broker and database are restarted too. */
  servers: boolean;
  timeoutMs: number;
}

export interface ChaosReport {
  seed: number;
  notifications: number;
  delivered: number;
  ambiguousFailures: number;
  lost: number;
  duplicates: number;
  unflagged: number;
  ambiguous: number;
  parked: number;
  disordered: number;
  /** Of any promise, those above included. */
  broken: number;
  kills: Record<string, number>;
  /** From the first publication to the last outcome. */
  seconds: number;
  /** What publishing and the pace of the channels take at least. */
  paceSeconds: number;
  /** What was broken, where something was. */
  details: string[];
}

const killed: readonly ServiceName[] = ['installation', 'directory-sync', 'preferences', 'delivery'];
const shownDetails = 10;
const channelPerSecond = 1;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = new SeededRandom(options.seed);
  const stage = await Stage.start({
    replicas: { delivery: 2 },
    env: {
      delivery: { ...shortCalls, LOG_LEVEL: 'warn' },
      preferences: { LOG_LEVEL: 'warn' },
    },
  });
  try {
    // Slack has no limit here for a workspace as a whole: refusals by chance must not teach one.
    await stage.slack.limits({ workspacePerMinute: 0 });
    const connected = await stage.connectWorkspaces(options.workspaces, options.channels / options.workspaces);
    await stage.slack.fault(...faultsOf(options.faults, random));
    const begun = performance.now();
    const load = stage.load(connected, options.notifications, options.perSecond);
    const kills = await killUntil(load.published, stage, random, options);
    await stage.ended(load.ids, options).catch(() => undefined); // what has not ended is reported as lost
    const seconds = (performance.now() - begun) / 1000;
    await Promise.all(stage.playground.processes().map((process) => process.waitReady()));
    return reportOf(options, await tallyOf(stage, load), kills, seconds);
  } finally {
    await stage.stop();
  }
}

function faultsOf({ rateLimit, http500, timeout }: ChaosOptions['faults'], random: SeededRandom): Fault[] {
  const posting = (probability: number) => ({ method: 'chat.postMessage', probability, seed: random.wholeNumber() });
  return [
    { ...posting(rateLimit), kind: 'rate_limit', value: 1 },
    { ...posting(http500 / 2), kind: 'http_500' },
    { ...posting(http500 / 2), kind: 'http_500', after: true },
    { ...posting(timeout / 2), kind: 'timeout_before', value: beyondShortCallMs },
    { ...posting(timeout / 2), kind: 'timeout_after', value: beyondShortCallMs },
  ];
}

async function killUntil(
  end: Promise<void>,
  stage: Stage,
  random: SeededRandom,
  { killEveryMs, servers }: ChaosOptions,
): Promise<Record<string, number>> {
  const targets = [
    ...processTargets(stage.playground, killed),
    ...(servers ? Object.values(serverTargets(stage.playground)) : []),
  ];
  const kills: Record<string, number> = {};
  let left: Target[] = [];
  const over = end.then(() => true);
  for (;;) {
    const pause = new Promise<false>((resolve) => setTimeout(() => resolve(false), killEveryMs).unref());
    if (await Promise.race([over, pause])) return kills;
    // No target is killed a second time before every target was killed once.
    if (left.length === 0) left = random.shuffled(targets);
    const target = left.pop()!;
    await target.kill();
    kills[target.name] = (kills[target.name] ?? 0) + 1;
  }
}

function reportOf(
  { seed, notifications, channels, perSecond }: ChaosOptions,
  tally: Tally,
  kills: Record<string, number>,
  seconds: number,
): ChaosReport {
  return {
    seed,
    notifications: tally.notifications,
    delivered: tally.delivered,
    ambiguousFailures: tally.ambiguousFailures,
    lost: countOf(tally, 'lost'),
    duplicates: tally.duplicates,
    unflagged: countOf(tally, 'unflagged'),
    ambiguous: tally.ambiguousAttempts,
    parked: tally.parked,
    disordered: countOf(tally, 'disordered'),
    broken: tally.broken.length,
    kills,
    seconds: Math.round(seconds),
    paceSeconds: Math.round(notifications / Math.min(perSecond, channels * channelPerSecond)),
    details: tally.broken.slice(0, shownDetails).map(({ promise, detail }) => `${promise}: ${detail}`),
  };
}
