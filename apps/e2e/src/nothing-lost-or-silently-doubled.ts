// The promise that every failure is measured by, in one place:
// - nothing is lost: every notification ends in exactly one outcome, and a delivered one can be seen in Slack;
// - nothing is doubled silently: at most two copies, every second one flagged in the outcome, and no more of them than
//   there were attempts that ended without an answer;
// - within a channel, first copies come in the order of publication. A head that keeps failing holds its channel for 60
//   s
//   and is then parked, so that others may pass it: one that was parked is exempt, and counted.
// Read from the outside: outcomes on Kafka, messages in Slack, and the timeline of whatever was tried more than once.
import type { Load, Sent } from './load.ts';
import type { SeenOutcome } from './outcomes.ts';
import type { SeenMessage } from './slack-world.ts';
import type { Stage, TimelineView } from './stage.ts';

export type Broken =
  | 'lost'
  | 'endedTwice'
  | 'invisible'
  | 'unexpected'
  | 'overdone'
  | 'unflagged'
  | 'unexplained'
  | 'disordered';

export interface Tally {
  notifications: number;
  delivered: number;
  /** Ended as `failed` because nobody knows whether they were posted. */
  ambiguousFailures: number;
  /** Copies beyond the first. */
  duplicates: number;
  /** Outcomes that say that there may be a copy more, or one at all. */
  flagged: number;
  /** Attempts that ended without an answer, of all that were tried again or flagged. */
  ambiguousAttempts: number;
  parked: number;
  /** What did not hold, with what is known of it. */
  broken: { promise: Broken; detail: string }[];
}

/** Where it is looked: the outside of the product. */
export interface Outside {
  slack: { copies(): Promise<Map<string, SeenMessage[]>> };
  outcomes: { of(notificationId: string): SeenOutcome[] };
  timeline(notificationId: string): Promise<TimelineView | undefined>;
}

/** A head that fails for longer than this may be passed; a little less than 60 s, for the clocks are not one. */
const holdsChannelMs = 58_000;
const timelinesAtOnce = 16;

/** Waits for the load to end, and throws with every broken promise. */
export async function nothingLostOrSilentlyDoubled(stage: Stage, load: Load): Promise<Tally> {
  await load.published;
  await stage.ended(load.ids).catch(() => undefined); // what has not ended is named below
  const tally = await tallyOf(stage, load);
  if (tally.broken.length > 0) {
    const shown = tally.broken.slice(0, 10).map(({ promise, detail }) => `${promise}: ${detail}`);
    throw new Error(
      `${tally.broken.length} promises broken among ${tally.notifications} notifications\n${shown.join('\n')}`,
    );
  }
  return tally;
}

/** What became of the load so far. */
export async function tallyOf(outside: Outside, load: Pick<Load, 'sent'>): Promise<Tally> {
  const copies = await outside.slack.copies();
  const ended = load.sent.map((sent) => ({ ...sent, outcomes: outside.outcomes.of(sent.notificationId) }));
  const curious = ended.filter(({ outcomes: [outcome] }) => !outcome || outcome.attempts > 1 || isFlagged(outcome));
  const timelines = await timelinesOf(outside, curious);
  const tally: Tally = {
    ...{
      notifications: load.sent.length,
      delivered: 0,
      ambiguousFailures: 0,
      duplicates: 0,
      flagged: 0,
      ambiguousAttempts: 0,
      parked: 0,
    },
    broken: [],
  };
  const firstCopies = new Map<string, { n: number; ts: string }[]>();
  for (const [n, { notificationId, channel, outcomes }] of ended.entries()) {
    const [outcome] = outcomes;
    const timeline = timelines.get(notificationId);
    const attempts = attemptsOf(timeline);
    const seen: SeenMessage[] = (outcome?.deliveryId !== undefined && copies.get(outcome.deliveryId)) || [];
    const broken = (promise: Broken): void => {
      tally.broken.push({
        promise,
        detail: JSON.stringify({
          notificationId,
          channel,
          outcomes,
          copies: brief(seen),
          timeline: timeline?.decisions,
        }),
      });
    };
    const ambiguous = ambiguousAmong(attempts);
    tally.ambiguousAttempts += ambiguous;
    if (!outcome) {
      broken('lost');
      continue;
    }
    if (outcomes.length > 1) broken('endedTwice');
    if (outcome.outcome === 'delivered') tally.delivered++;
    else if (outcome.reason === 'ambiguous' && outcome.possiblyDelivered) tally.ambiguousFailures++;
    else broken('unexpected');
    if (outcome.outcome === 'delivered' && seen.length === 0) broken('invisible');
    if (seen.length > 2) broken('overdone');
    if (isFlagged(outcome)) tally.flagged++;
    else if (seen.length > 1) broken('unflagged');
    const duplicates = Math.max(0, seen.length - 1);
    tally.duplicates += duplicates;
    if (duplicates > ambiguous) broken('unexplained');
    if (wasParked(attempts)) tally.parked++;
    else if (seen[0])
      firstCopies.set(channel, [...(firstCopies.get(channel) ?? []), { n, ts: seen.map(({ ts }) => ts).sort()[0]! }]);
  }
  for (const [channel, firsts] of firstCopies) {
    const passed = firsts.find(({ ts }, i) => i > 0 && ts < firsts[i - 1]!.ts);
    if (passed)
      tally.broken.push({
        promise: 'disordered',
        detail: `${channel} shows number ${passed.n} before the one published before it (${JSON.stringify(firsts)})`,
      });
  }
  return tally;
}

/** How many of each promise were broken. */
export function countOf(tally: Tally, promise: Broken): number {
  return tally.broken.filter((broken) => broken.promise === promise).length;
}

const isFlagged = ({ possibleDuplicate, possiblyDelivered }: SeenOutcome): boolean =>
  possibleDuplicate || possiblyDelivered;

type Attempts = TimelineView['decisions'][number]['deliveries'][number]['attempts'];

const attemptsOf = (timeline: TimelineView | undefined): Attempts =>
  (timeline?.decisions ?? []).flatMap(({ deliveries }) => deliveries.flatMap(({ attempts }) => attempts));

/** Without an answer; or with one that came after somebody else had tried again. */
function ambiguousAmong(attempts: Attempts): number {
  const count = (...results: string[]): number => attempts.filter(({ result }) => results.includes(result)).length;
  return count('unknown') + Math.max(0, count('delivered', 'found') - 1);
}

function wasParked(attempts: Attempts): boolean {
  const times = attempts.map(({ at }) => Date.parse(at));
  return times.length > 1 && Math.max(...times) - Math.min(...times) > holdsChannelMs;
}

const brief = (copies: readonly SeenMessage[]): object[] =>
  copies.map(({ ts, metadata }) => ({ ts, attempt: metadata?.event_payload.attempt }));

async function timelinesOf(outside: Outside, sent: readonly Sent[]): Promise<Map<string, TimelineView>> {
  const timelines = new Map<string, TimelineView>();
  for (let begin = 0; begin < sent.length; begin += timelinesAtOnce) {
    const some = sent.slice(begin, begin + timelinesAtOnce);
    for (const timeline of await Promise.all(some.map(({ notificationId }) => outside.timeline(notificationId)))) {
      if (timeline) timelines.set(timeline.notificationId, timeline);
    }
  }
  return timelines;
}
