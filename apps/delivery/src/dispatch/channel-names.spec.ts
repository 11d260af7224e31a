// One channel of Slack's under two names: its pace is kept, and its refusals are not taken for the workspace's.
import { describe, expect, test } from '@jest/globals';
import type { QueuedDelivery } from '../model/queued-delivery.ts';
import { HeadBudget } from '../model/head-budget.ts';
import { queuedDelivery } from '../testing/queued.ts';
import { slackLimits } from '../testing/lane-limits.ts';
import { Lane } from './lane.ts';

const post = 'chat.postMessage';
const latencyMs = 5;

function laneWith(messages: readonly string[]): Lane {
  const limits = {
    ...slackLimits,
    posting: { perMinute: 600, burst: 60, mostPerMinute: 3_000 },
    perChannel: { perSecond: 1, burst: 1 },
  };
  const lane = new Lane({ laneId: 'T1', epoch: 1, learned: null, paused: false }, limits, 0, new HeadBudget(1_000));
  lane.add(
    messages.map((channel, seq) => queuedDelivery(seq, channel)),
    100,
    0,
  );
  return lane;
}

interface Sent {
  accepted: number;
  refused: number;
}

/** Runs the lane to its end; all names are the channel `ownId` for Slack, which allows it one message a second. */
function drain(lane: Lane, ownId: string): Sent {
  const sent = { accepted: 0, refused: 0 };
  const answers: { at: number; answer: (now: number) => void }[] = [];
  let freeAt = 0;
  let blockedUntil = 0;
  for (let now = 1_000, step = 0; ; step++) {
    if (step > 10_000) throw new Error('the lane never came to an end');
    for (const queued of lane.take(now, 10)) {
      if (!lane.mayWrite(queued, now)) {
        lane.finish(queued, now, { readyAt: now, unknown: false });
        continue;
      }
      lane.written(queued, now);
      const writtenAt = now;
      const allowed = now >= blockedUntil && now >= freeAt;
      if (allowed) freeAt = now + 1_000;
      else blockedUntil = Math.max(blockedUntil, now + 1_000);
      answers.push({
        at: now + latencyMs,
        answer: (at) => {
          lane.answered(queued, writtenAt, at);
          sent[allowed ? 'accepted' : 'refused']++;
          if (allowed) lane.accepted(queued, at, ownId);
          else lane.refused(post, at, 1_000, queued);
          lane.finish(queued, at, allowed ? undefined : { readyAt: at + 1_000, unknown: false });
        },
      });
    }
    const next = Math.min(answers[0]?.at ?? Infinity, lane.nextWake(now) ?? Infinity);
    if (next === Infinity) return sent;
    now = Math.max(now, next);
    while (answers[0] && answers[0].at <= now) answers.shift()!.answer(now);
  }
}

describe('a channel under two names', () => {
  test.each([
    ['a person and the direct message with them', ['U1', 'D1', 'U1', 'D1', 'U1', 'D1', 'U1', 'D1']],
    ['the other way round', ['D1', 'U1', 'D1', 'U1', 'D1', 'U1', 'D1', 'U1']],
    ['two names that are neither its id', ['U1', 'W1', 'U1', 'W1', 'U1', 'W1']],
  ])('%s: refused once, then paced as one, and the rate of the lane stays', (_, messages) => {
    const lane = laneWith(messages);
    expect(drain(lane, 'D1')).toEqual({ accepted: messages.length, refused: 1 });
    expect(lane.posting.perMinute).toBeGreaterThanOrEqual(600);
  });

  test('a refusal of a channel that nothing explains is about the workspace', () => {
    const lane = laneWith(['C1', 'C2']);
    const [first, second] = lane.take(1_000, 10) as [QueuedDelivery, QueuedDelivery];
    lane.written(first, 1_000);
    lane.accepted(first, 1_005, 'C1');
    lane.written(second, 1_010);
    lane.refused(post, 1_015, 1_000, second);
    const lowered = lane.posting.perMinute;
    expect(lowered).toBeLessThan(600);
    lane.accepted(second, 2_100, 'C2');
    expect(lane.posting.perMinute).toBeCloseTo(lowered);
  });

  test('is not written to under one name shortly after the other, even if both were taken', () => {
    const lane = laneWith(['U1', 'D1']);
    const [person, direct] = lane.take(1_000, 10) as [QueuedDelivery, QueuedDelivery];
    lane.written(person, 1_000);
    lane.accepted(person, 1_005, 'D1');
    expect(lane.mayWrite(direct, 1_006)).toBe(false);
    expect(lane.mayWrite(person, 1_006)).toBe(true);
    expect(lane.mayWrite(direct, 2_001)).toBe(true);
  });
});
