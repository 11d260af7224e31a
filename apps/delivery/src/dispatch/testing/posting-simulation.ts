// A lane with endless work against a simulated Slack, on a clock of its own: the accepted messages and the refusals,
// by ms from the start. The Slack here counts as apps/slack-simulator does: a hidden limit per workspace, refusals by
// chance, and each refusal blocks the workspace for Retry-After. It does no I/O and reads no clock.
import type { PostingPace } from '../posting-pace.ts';
import { seeded } from '../../testing/seeded-random.ts';

export const minuteMs = 60_000;
/** When simulations begin. */
export const beginMs = 1_000_000;

const toSlackMs = 10;
const channelIntervalMs = 1_000;

export interface SimulatedSlack {
  /** What Slack may count by: a bucket that holds a minute's worth, or the last minute. */
  shape: 'bucket' | 'window';
  /** Messages in a minute, by minutes from the start; Infinity: no limit. */
  limit: number | ((minutes: number) => number);
  /** The share of messages that is refused by chance. */
  chance?: number;
  seed?: number;
  retryAfterMs?: number;
}

export interface Work {
  minutes: number;
  /** Each takes one message a second. */
  channels?: number;
}

export interface Simulated {
  /** Accepted from one minute to another, as a share of so many a minute. */
  share(from: number, to: number, perMinute: number): number;
  /** Refusals from one minute to another, without those of messages that were on their way already. */
  refusals(from: number, to: number): number;
}

export function simulate(pace: PostingPace, slack: SimulatedSlack, { minutes, channels = Infinity }: Work): Simulated {
  const answerOf = simulatedSlack(slack);
  const opensAt = channels === Infinity ? [] : new Array<number>(channels).fill(beginMs);
  const accepted: number[] = [];
  const refused: number[] = [];
  const answers: { at: number; retryAfterMs: number }[] = [];
  for (let now = beginMs; now < beginMs + minutes * minuteMs; ) {
    for (let answer = answers[0]; answer && answer.at <= now; answer = answers[0]) {
      answers.shift();
      if (answer.retryAfterMs === 0) pace.posted(answer.at);
      else pace.refused(answer.at, answer.retryAfterMs);
    }
    const channel = opensAt.indexOf(Math.min(...opensAt));
    const open = Math.max(now, pace.opensAt(), opensAt[channel] ?? 0);
    if (open > now) {
      now = Math.min(open, answers[0]?.at ?? Infinity);
      continue;
    }
    pace.taken(now);
    const { retryAfterMs, isFirst } = answerOf(now + toSlackMs);
    const at = now + 2 * toSlackMs;
    answers.push({ at, retryAfterMs });
    if (retryAfterMs === 0) accepted.push(now - beginMs);
    else if (isFirst) refused.push(now - beginMs);
    if (channel >= 0) opensAt[channel] = at + (retryAfterMs === 0 ? channelIntervalMs : retryAfterMs);
    // Endless work without channels takes no time.
    else now += 0.001;
  }
  const between = (instants: readonly number[], from: number, to: number): number =>
    instants.filter((at) => at >= from * minuteMs && at < to * minuteMs).length;
  return {
    share: (from, to, perMinute) => between(accepted, from, to) / ((to - from) * perMinute),
    refusals: (from, to) => between(refused, from, to),
  };
}

interface Answer {
  /** 0: the message is accepted. */
  retryAfterMs: number;
  /** The refusal that began the block. */
  isFirst: boolean;
}

function simulatedSlack({
  shape,
  limit,
  chance = 0,
  seed = 1,
  retryAfterMs = 1_000,
}: SimulatedSlack): (at: number) => Answer {
  const random = seeded(seed);
  let blockedUntil = 0;
  let perMinute = Number.NaN;
  let allows: (at: number) => boolean;
  return (at) => {
    if (at < blockedUntil)
      return { retryAfterMs: Math.ceil(Math.max(1, blockedUntil - at) / 1_000) * 1_000, isFirst: false };
    const now = typeof limit === 'number' ? limit : limit((at - beginMs) / minuteMs);
    if (now !== perMinute) allows = shapes[shape]((perMinute = now));
    if (random() >= chance && allows(at)) return { retryAfterMs: 0, isFirst: false };
    blockedUntil = at + retryAfterMs;
    return { retryAfterMs, isFirst: true };
  };
}

const shapes = {
  bucket(limit: number): (at: number) => boolean {
    const interval = minuteMs / limit;
    let full = 0;
    return (at) => {
      if (full - at > minuteMs - interval) return false;
      full = Math.max(full, at) + interval;
      return true;
    };
  },
  window(limit: number): (at: number) => boolean {
    const taken: number[] = [];
    return (at) => {
      while (taken.length > 0 && taken[0]! <= at - minuteMs) taken.shift();
      if (taken.length >= limit) return false;
      taken.push(at);
      return true;
    };
  },
};
