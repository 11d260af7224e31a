// A load while Slack misbehaves and processes die at random, measured by the one promise. A seed repeats the victims,
// their order and Slack's rolls; what meets what in time is the machine's own.
import type { ServiceName } from '@carillon/playground';
import { countOf, tallyOf, type Tally } from '../nothing-lost-or-silently-doubled.ts';
import type { Fault } from '../slack-world.ts';
import { Stage } from '../stage.ts';
import { Dice } from './dice.ts';
import { processesOf, serversOf, type Victim } from './victims.ts';

export interface ChaosOptions {
  seed: number;
  notifications: number;
  workspaces: number;
  /** In all. */
  channels: number;
  /** Published a second. */
  perSecond: number;
  /**
   * Where learning a workspace's limit begins; 0 = it is not learned, so that refusals by chance teach nothing wrong.
   */
  workspacePerMinute: number;
  /** Shares of the posts. Half of the 5xx and of the timeouts come after the message was posted. */
  faults: { rateLimit: number; http500: number; timeout: number };
  strikeEveryMs: number;
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
  strikes: Record<string, number>;
  /** From the first publication to the last outcome. */
  seconds: number;
  /** What was broken, where something was. */
  details: string[];
}

const killed: readonly ServiceName[] = ['installation', 'directory-sync', 'preferences', 'delivery'];
/** Longer than a call may take. */
const tooLong = 4_000;
const shownDetails = 10;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const dice = new Dice(options.seed);
  const stage = await Stage.set({
    replicas: { delivery: 2 },
    env: {
      delivery: { WORKSPACE_PER_MINUTE: String(options.workspacePerMinute), LOG_LEVEL: 'warn' },
      preferences: { LOG_LEVEL: 'warn' },
    },
  });
  try {
    await stage.slack.limits({ workspacePerMinute: 0 });
    const connected = await stage.connectWorkspaces(options.workspaces, options.channels / options.workspaces);
    await stage.slack.fault(...faultsOf(options.faults, dice));
    const begun = performance.now();
    const load = stage.load(connected, options.notifications, options.perSecond);
    const strikes = await strikeUntil(load.published, stage, dice, options);
    await stage.ended(load.ids, options.timeoutMs).catch(() => undefined); // what has not ended is lost, and told
    const seconds = (performance.now() - begun) / 1000;
    await Promise.all(stage.playground.processes().map((process) => process.waitReady()));
    return reportOf(options.seed, await tallyOf(stage, load), strikes, seconds);
  } finally {
    await stage.strike();
  }
}

function faultsOf({ rateLimit, http500, timeout }: ChaosOptions['faults'], dice: Dice): Fault[] {
  const posting = (probability: number) => ({ method: 'chat.postMessage', probability, seed: dice.whole() });
  return [
    { ...posting(rateLimit), kind: 'rate_limit', value: 1 },
    { ...posting(http500 / 2), kind: 'http_500' },
    { ...posting(http500 / 2), kind: 'http_500', after: true },
    { ...posting(timeout / 2), kind: 'timeout_before', value: tooLong },
    { ...posting(timeout / 2), kind: 'timeout_after', value: tooLong },
  ];
}

async function strikeUntil(
  end: Promise<void>,
  stage: Stage,
  dice: Dice,
  { strikeEveryMs, servers }: ChaosOptions,
): Promise<Record<string, number>> {
  const victims = [...processesOf(stage.playground, killed), ...(servers ? serversOf(stage.playground) : [])];
  const strikes: Record<string, number> = {};
  let bag: Victim[] = [];
  const over = end.then(() => true);
  for (;;) {
    const pause = new Promise<false>((resolve) => setTimeout(() => resolve(false), strikeEveryMs).unref());
    if (await Promise.race([over, pause])) return strikes;
    // Nobody is struck a second time before everybody was struck once.
    if (bag.length === 0) bag = dice.shuffled(victims);
    const victim = bag.pop()!;
    await victim.strike();
    strikes[victim.name] = (strikes[victim.name] ?? 0) + 1;
  }
}

function reportOf(seed: number, tally: Tally, strikes: Record<string, number>, seconds: number): ChaosReport {
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
    strikes,
    seconds: Math.round(seconds),
    details: tally.broken.slice(0, shownDetails).map(({ promise, detail }) => `${promise}: ${detail}`),
  };
}
