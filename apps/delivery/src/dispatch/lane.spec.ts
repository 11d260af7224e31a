import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { QueuedDelivery, Priority } from '../model/queued-delivery.ts';
import type { PostingSettings, Rate } from '../model/lane-limits.ts';
import { HeadBudget } from '../model/head-budget.ts';
import { queuedDelivery } from '../testing/queued.ts';
import { slackLimits } from '../testing/lane-limits.ts';
import { Lane } from './lane.ts';

const unlimited: PostingSettings = { perMinute: 0, burst: 1, mostPerMinute: 0 };
const emptyLane = (posting: PostingSettings, perChannel: Rate, mostHeads = 1_000): Lane =>
  new Lane(
    { laneId: 'T1', epoch: 1, learned: null, paused: false },
    { ...slackLimits, posting, perChannel },
    0,
    new HeadBudget(mostHeads),
  );

/** A lane whose queue was read and is empty. */
function laneOf(posting: PostingSettings, perChannel: Rate): Lane {
  const lane = emptyLane(posting, perChannel);
  for (const page of lane.wantedPages(0)) lane.offerPage(page, [], 4, 0);
  return lane;
}

const queued = (seq: number, channel: string, priority: Priority = 1): QueuedDelivery =>
  queuedDelivery(seq, channel, { priority });

const queue = fc.array(
  fc.record({ channel: fc.constantFrom('A', 'B', 'C', 'D'), priority: fc.constantFrom<Priority>(0, 1, 2) }),
  { maxLength: 60 },
);

/** Runs a lane to its end on a clock of its own; answers with who was sent when. */
function drain(lane: Lane, takes: { latency: number } = { latency: 5 }): { queued: QueuedDelivery; at: number }[] {
  const sent: { queued: QueuedDelivery; at: number }[] = [];
  const answers: { at: number; queued: QueuedDelivery }[] = [];
  let now = 1_000;
  for (let step = 0; step < 10_000; step++) {
    for (const taken of lane.take(now, 10)) {
      lane.written(taken, now);
      sent.push({ queued: taken, at: now });
      answers.push({ at: now + takes.latency, queued: taken });
    }
    const next = Math.min(answers[0]?.at ?? Infinity, lane.nextWake(now) ?? Infinity);
    if (next === Infinity) return sent;
    now = Math.max(now, next);
    while (answers[0] && answers[0].at <= now) {
      const { queued: done, at } = answers.shift()!;
      lane.answered(done, at - takes.latency, at);
      lane.finish(done, now);
      lane.forget(done.deliveryId);
    }
  }
  throw new Error('the lane never came to an end');
}

describe('a lane', () => {
  test('sends everything once, in order per channel and priority, whatever comes', () => {
    fc.assert(
      fc.property(queue, (items) => {
        const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
        const deliveries = items.map((item, seq) => queued(seq, item.channel, item.priority));
        lane.offer(deliveries, 100, 0);
        lane.offer(deliveries, 100, 0);
        const sent = drain(lane).map((entry) => entry.queued);
        expect(sent.map((c) => c.seq).sort((a, b) => a - b)).toEqual(deliveries.map((c) => c.seq));
        for (const channel of 'ABCD') {
          for (const priority of [0, 1, 2]) {
            const order = sent.filter((c) => c.channel === channel && c.priority === priority).map((c) => c.seq);
            expect(order).toEqual([...order].sort((a, b) => a - b));
          }
        }
      }),
    );
  });

  test('never writes to a channel sooner than a second after Slack may have seen the message before', () => {
    fc.assert(
      fc.property(queue, fc.integer({ min: 0, max: 24 }), (items, latency) => {
        const lane = laneOf(unlimited, { perSecond: 1, burst: 1 });
        lane.offer(
          items.map((item, seq) => queued(seq, item.channel, item.priority)),
          100,
          0,
        );
        const last = new Map<string, number>();
        for (const { queued: sent, at } of drain(lane, { latency })) {
          expect(at - (last.get(sent.channel) ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
          last.set(sent.channel, at + latency);
        }
      }),
    );
  });

  test("says whether the other side's limits kept a channel waiting: its pace, the lane's, or a refusal", () => {
    const perSecond = { perSecond: 1, burst: 1 };
    const lane = laneOf(unlimited, perSecond);
    const [first, second] = [queued(1, 'A'), queued(2, 'A')];
    lane.offer([first, second], 4, 1_000);
    expect(lane.take(1_000, 10)).toEqual([first]);
    expect(lane.limitedSince(0, first, 1_000)).toBe(false);
    lane.written(first, 1_000);
    expect(lane.limitedSince(500, second, 1_500)).toBe(true);
    expect(lane.limitedSince(500, queued(3, 'B'), 1_500)).toBe(false);
    lane.refused('chat.postMessage', 2_000, 30_000);
    expect(lane.limitedSince(31_000, queued(3, 'B'), 33_000)).toBe(true);
    expect(lane.limitedSince(32_001, queued(3, 'B'), 33_000)).toBe(false);

    const slow = laneOf({ perMinute: 60, burst: 1, mostPerMinute: 60 }, perSecond);
    slow.offer([queued(1, 'A'), queued(2, 'B')], 4, 1_000);
    expect(slow.take(1_000, 10)).toHaveLength(1);
    expect(slow.limitedSince(1_000, queued(2, 'B'), 2_500)).toBe(true);
  });

  test('takes channels in rotation, so a long queue delays no other', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([...Array.from({ length: 10 }, (_, seq) => queued(seq, 'busy')), queued(10, 'quiet')], 100, 0);
    expect(lane.take(0, 2).map((c) => c.channel)).toEqual(['busy', 'quiet']);
  });

  test('sends urgent before normal before low', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([queued(0, 'A', 2), queued(1, 'B', 1), queued(2, 'C', 0)], 100, 0);
    expect(lane.take(0, 3).map((c) => c.priority)).toEqual([0, 1, 2]);
  });

  test('lets low through under a steady stream of urgent', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([queued(0, 'A', 2), ...Array.from({ length: 50 }, (_, i) => queued(i + 1, 'A', 0))], 100, 0);
    const priorities = drain(lane).map((entry) => entry.queued.priority);
    expect(priorities.indexOf(2)).toBeLessThan(12);
  });

  test("a head that is tried again keeps its channel, and nobody else's", () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([queued(0, 'A'), queued(1, 'A'), queued(2, 'B')], 100, 0);
    const [first, other] = lane.take(0, 2);
    lane.finish(first!, 0, { readyAt: 500, unknown: false });
    lane.finish(other!, 0);
    expect(lane.take(499, 5)).toEqual([]);
    expect(lane.nextWake(499)).toBe(500);
    expect(lane.take(500, 5)).toEqual([first]);
  });

  test('keeps a held installation back until it is released', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.hold('i1', Infinity, 0);
    lane.offer([queued(0, 'A')], 100, 0);
    expect(lane.take(1e12, 1)).toEqual([]);
    lane.release('i1', 0);
    expect(lane.wantedPages(0)).toHaveLength(3);
    lane.offer([queued(0, 'A')], 100, 0);
    expect(lane.take(0, 1)).toHaveLength(1);
  });

  test('asks the ledger again when a queue of which it has more runs dry, and reads nothing into a full one', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([queued(0, 'A'), queued(1, 'A')], 2, 0);
    expect([lane.needsRead('A', 1), lane.needsRead('A', 0), lane.needsRead('B', 1)]).toEqual([false, true, true]);
    const dry = [];
    for (let left = 2; left > 0; left--) {
      const [taken] = lane.take(0, 1);
      dry.push(lane.takeDrainedChannels());
      lane.finish(taken!, 0);
    }
    expect(dry).toEqual([[], ['A']]);
    lane.reading(['A']);
    expect(lane.needsRead('A', 1)).toBe(true);
  });
});

describe('new deliveries', () => {
  test('stand behind what is known, and what exceeds the window is read when its turn comes', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.add([queued(0, 'A'), queued(1, 'A'), queued(2, 'A')], 2, 0);
    expect([lane.needsRead('A', 1), lane.needsRead('A', 0)]).toEqual([false, true]);
    const order = [];
    for (let left = 2; left > 0; left--) {
      const [taken] = lane.take(0, 1);
      order.push(taken!.seq);
      lane.finish(taken!, 0);
    }
    expect([order, lane.takeDrainedChannels()]).toEqual([[0, 1], ['A']]);
  });
});

describe('reading', () => {
  test('what arrives while the ledger is being read is wanted again', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([queued(0, 'A'), queued(1, 'A')], 2, 0);
    lane.reading(['A']);
    expect(lane.needsRead('A', 1)).toBe(true);
  });

  test('a read that saw only what is on its way already is repeated', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    const heads = [queued(0, 'A'), queued(1, 'A')];
    lane.offer(heads, 2, 0);
    for (let left = 2; left > 0; left--) lane.finish(lane.take(0, 1)[0]!, 0);
    lane.takeDrainedChannels();
    lane.offer(heads, 2, 0);
    expect(lane.takeDrainedChannels()).toEqual(['A']);
  });

  test('a short hold never ends a long one', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.hold('i1', Infinity, 0);
    lane.hold('i1', 5, 0);
    lane.offer([queued(0, 'A')], 100, 0);
    expect(lane.take(10, 1)).toEqual([]);
  });
});

describe('a lane with changes to what was posted', () => {
  test('changes messages while posting is blocked, at the pace of their own method', () => {
    const lane = laneOf({ perMinute: 600, burst: 60, mostPerMinute: 3_000 }, { perSecond: 1, burst: 1 });
    lane.posting.taken(0);
    lane.refused('chat.postMessage', 0, 30_000);
    lane.offer(
      [queued(0, 'A'), { ...queued(1, 'B'), operation: 'update' }, { ...queued(2, 'C'), operation: 'delete' }],
      100,
      0,
    );
    expect(lane.take(1, 10).map((c) => c.channel)).toEqual(['B', 'C']);
    expect(lane.nextWake(1)).toBe(30_000);
    expect(lane.take(30_000, 10).map((c) => c.channel)).toEqual(['A']);
  });

  test('gives nothing while an operator has paused it', () => {
    const lane = laneOf(unlimited, { perSecond: 0, burst: 1 });
    lane.offer([queued(0, 'A')], 100, 0);
    lane.paused = true;
    expect([lane.take(0, 1), lane.nextWake(0)]).toEqual([[], null]);
    lane.paused = false;
    expect(lane.take(0, 1)).toHaveLength(1);
  });
});
