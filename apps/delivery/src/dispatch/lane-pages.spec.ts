// How a lane reads its queue: page by page, as far as its pace can send within seconds.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeadBudget } from '../model/head-budget.ts';
import type { Priority, QueuedDelivery } from '../model/queued-delivery.ts';
import { queuedDelivery } from '../testing/queued.ts';
import { slackLimits } from '../testing/lane-limits.ts';
import { Lane } from './lane.ts';
import type { PageRequest } from './lane-pages.ts';

const perPageChannel = 4;
const perChannel = 16;

/** The ledger as far as a lane reads it. */
class Ledger {
  constructor(readonly queue: QueuedDelivery[]) {}

  page({ priority, after, channels }: PageRequest): QueuedDelivery[] {
    const inOrder = [...new Set(this.queue.filter((q) => q.priority === priority).map((q) => q.channel))].sort();
    const page = inOrder.filter((channel) => channel > after).slice(0, channels);
    return page.flatMap((channel) => this.of(channel, priority).slice(0, perPageChannel));
  }

  channel(channel: string): QueuedDelivery[] {
    return ([0, 1, 2] as const).flatMap((priority) => this.of(channel, priority).slice(0, perChannel));
  }

  remove(deliveryId: string): void {
    this.queue.splice(
      this.queue.findIndex((queued) => queued.deliveryId === deliveryId),
      1,
    );
  }

  private of(channel: string, priority: Priority): QueuedDelivery[] {
    return this.queue.filter((q) => q.channel === channel && q.priority === priority).map((queued) => ({ ...queued }));
  }
}

const delivery = (seq: number, channel: string, priority: Priority = 1, installationId = 'i1'): QueuedDelivery =>
  queuedDelivery(seq, channel, { priority, installationId });

const laneWith = (budget: HeadBudget, perMinute = 0): Lane =>
  new Lane(
    { laneId: 'T1', epoch: 1, learned: null, paused: false },
    { ...slackLimits, posting: { perMinute, burst: 60, mostPerMinute: 3_000 } },
    0,
    budget,
  );

function read(lane: Lane, ledger: Ledger, now = 0): void {
  for (const page of lane.wantedPages(now)) lane.offerPage(page, ledger.page(page), perPageChannel, now);
  for (const channel of lane.takeDrainedChannels()) lane.offer(ledger.channel(channel), perChannel, now);
}

/** Sends everything; answers with the order. */
function drain(lane: Lane, ledger: Ledger, room: number, now = 0): QueuedDelivery[] {
  const sent: QueuedDelivery[] = [];
  for (let idle = 0; idle < 5; ) {
    read(lane, ledger, now);
    const taken = lane.take(now, room);
    idle = taken.length === 0 ? idle + 1 : 0;
    for (const queued of taken) {
      sent.push(queued);
      ledger.remove(queued.deliveryId);
      lane.finish(queued, now);
      lane.forget(queued.deliveryId);
    }
  }
  return sent;
}

const queues = fc.array(
  fc.record({ channel: fc.integer({ min: 0, max: 700 }), priority: fc.constantFrom<Priority>(0, 1, 1, 1, 2) }),
  { maxLength: 1_500 },
);

describe('a lane that reads its queue in pages', () => {
  test('sends everything once, in order per channel and priority, however small its share of memory is', () => {
    fc.assert(
      fc.property(queues, fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 50 }), (items, most, room) => {
        const all = items.map(({ channel, priority }, seq) => delivery(seq, `C${channel}`, priority));
        const sent = drain(laneWith(new HeadBudget(most)), new Ledger([...all]), room);
        expect(sent.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(all.map(({ seq }) => seq));
        const last = new Map<string, number>();
        for (const { channel, priority, seq } of sent) {
          expect(last.get(`${channel} ${priority}`) ?? -1).toBeLessThan(seq);
          last.set(`${channel} ${priority}`, seq);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('holds no more than its pace sends within seconds, of a hundred thousand that wait', () => {
    const budget = new HeadBudget(1_000_000);
    const lane = laneWith(budget, 600);
    const ledger = new Ledger(Array.from({ length: 100_000 }, (_, seq) => delivery(seq, `C${10_000 + (seq % 1_000)}`)));
    read(lane, ledger);
    expect(budget.held).toBe(80);
    read(lane, ledger);
    expect([lane.wantedPages(0).filter(({ priority }) => priority === 1), budget.held]).toEqual([[], 80]);
  });

  test('of many lanes that share the memory, each can still send', () => {
    const budget = new HeadBudget(100);
    const lanes = Array.from({ length: 50 }, () => laneWith(budget, 600));
    for (const lane of lanes)
      read(lane, new Ledger(Array.from({ length: 500 }, (_, seq) => delivery(seq, `C${100 + (seq % 100)}`))));
    expect(budget.held).toBeLessThan(600);
    for (const lane of lanes) expect(lane.take(0, 1)).toHaveLength(1);
  });

  test('finds an urgent delivery at once, behind however many channels it stands', () => {
    const lane = laneWith(new HeadBudget(1_000), 600);
    const waiting = Array.from({ length: 5_000 }, (_, seq) => delivery(seq, `C${10_000 + seq}`));
    read(lane, new Ledger([...waiting, delivery(5_000, 'C99999', 0)]));
    expect(lane.take(0, 1)[0]!.channel).toBe('C99999');
  });

  test('serves every channel before a long one again', () => {
    const lane = laneWith(new HeadBudget(1_000), 600);
    const long = Array.from({ length: 300 }, (_, seq) => delivery(seq, 'A'));
    const others = Array.from({ length: 100 }, (_, n) => delivery(1_000 + n, `C${100 + n}`));
    const sent = drainFew(lane, new Ledger([...long, ...others]), 150);
    expect(sent.filter(({ channel }) => channel !== 'A')).toHaveLength(100);
  });

  test('keeps nothing of an installation that is held, and finds the others behind it', () => {
    const budget = new HeadBudget(1_000);
    const lane = laneWith(budget);
    lane.hold('lost', Infinity, 0);
    const ledger = new Ledger([
      ...Array.from({ length: 500 }, (_, seq) => delivery(seq, `C${100 + seq}`, 1, 'lost')),
      delivery(500, 'C999'),
    ]);
    let now = 0;
    for (let pages = 0; pages < 50 && budget.held === 0; pages++, now += 1_000)
      for (const page of lane.wantedPages(now)) lane.offerPage(page, ledger.page(page), perPageChannel, now);
    expect([budget.held, lane.take(now, 5).map(({ channel }) => channel)]).toEqual([1, ['C999']]);
    lane.release('lost', now);
    now += 60_000;
    expect(drain(lane, ledger, 10, now)).toHaveLength(500);
  });
});

/** The first so many that are sent. */
function drainFew(lane: Lane, ledger: Ledger, most: number): QueuedDelivery[] {
  const sent: QueuedDelivery[] = [];
  while (sent.length < most) {
    read(lane, ledger);
    const [queued] = lane.take(sent.length * 100, 1);
    if (!queued) throw new Error('nothing to send');
    sent.push(queued);
    ledger.remove(queued.deliveryId);
    lane.finish(queued, 0);
    lane.forget(queued.deliveryId);
  }
  return sent;
}
