// Lanes with long queues against a Slack that is away for hours, on a clock of its own: what became of every delivery.
// The lanes, their breakers and the resolution of results are the real ones; the ledger is an array for each channel.
// Slack here tells nothing about attempts without an answer, which is the harder case. It does no I/O.
import type { AmbiguityPolicy } from '@carillon/domain';
import { HeadBudget } from '../../model/head-budget.ts';
import type { DeliveryResult } from '../../model/delivery-result.ts';
import type { QueuedDelivery } from '../../model/queued-delivery.ts';
import type { SendResult } from '../../model/send-result.ts';
import { claimed } from '../../testing/claimed.ts';
import { slackLimits } from '../../testing/lane-limits.ts';
import { placeOf } from '../../testing/places.ts';
import { evidenceOf } from '../breaker-evidence.ts';
import { KindBreaker } from '../breaker-kind.ts';
import { LaneBreaker } from '../breaker-lane.ts';
import { Lane } from '../lane.ts';
import { resolveResult, resolveUnknown } from '../resolve-result.ts';
import { WakeQueue } from '../wake-queue.ts';
import { queuedDelivery } from '../../testing/queued.ts';
import { seeded } from '../../testing/seeded-random.ts';

export interface OutageScenario {
  lanes: number;
  channels: number;
  /** Queued in each channel. */
  each: number;
  policy: AmbiguityPolicy;
  /** How long a call takes, and how long one takes that is not answered: a timeout, or a 500 at once. */
  answerMs: number;
  failureMs: number;
  outage: { from: number; to: number };
  /** Which lanes it concerns; default: all. */
  concerns?: (lane: number) => boolean;
}

export interface LaneReport {
  /** Attempts of which nobody knows. */
  ambiguous: number;
  delivered: number;
  failed: number;
  /** Deliveries that came after one that had arrived later in their channel. */
  disordered: number;
  parked: number;
  /** From the end of the outage to the first message after it. */
  recoveredAfterMs: number;
  deliveredDuringOutage: number;
  lastAt: number;
}

interface Entry {
  queued: QueuedDelivery;
  attempts: number;
  ambiguous: number;
  heldSince: number;
}

const window = 16;
const policyOf = { reconcileWaitMs: 30_000, backoffBaseMs: 1_000, backoffMostMs: 300_000, placeOf };
const holdsChannelForMs = 60_000;

export function simulateOutage(scenario: OutageScenario): LaneReport[] {
  const { outage, concerns = () => true } = scenario;
  const events = new WakeQueue<() => void>();
  let now = 0;
  const after = (ms: number, event: () => void): void => events.schedule(() => event(), now + ms);
  const random = seeded(7);
  const kind = new KindBreaker(random);
  const budget = new HeadBudget(1_000_000);
  const away = (n: number): boolean => concerns(n) && now >= outage.from && now < outage.to;
  const pumps: (() => void)[] = [];

  const reports = Array.from({ length: scenario.lanes }, (_, n) => {
    const report: LaneReport = {
      ambiguous: 0,
      delivered: 0,
      failed: 0,
      disordered: 0,
      parked: 0,
      recoveredAfterMs: 0,
      deliveredDuringOutage: 0,
      lastAt: 0,
    };
    const lane = new Lane(
      { laneId: `T${n}`, epoch: 1, learned: null, paused: false },
      {
        ...slackLimits,
        posting: { perMinute: 600, burst: 60, mostPerMinute: 3_000 },
        perChannel: { perSecond: 1, burst: 1 },
      },
      0,
      budget,
      new LaneBreaker(kind, random),
    );
    const stored = new Map<string, Entry[]>();
    for (let c = 0; c < scenario.channels; c++) stored.set(`C${c}`, queueOf(`C${c}`, n, scenario.each));
    const entries = new Map([...stored.values()].flat().map((entry) => [entry.queued.deliveryId, entry]));
    const lastDelivered = new Map<string, number>();
    const read = (channel: string): void => {
      const heads = stored.get(channel)!.slice(0, window);
      lane.offer(
        heads.map(({ queued }) => queued),
        window,
        now,
      );
    };

    const settle = (entry: Entry, result: DeliveryResult): void => {
      const { queued } = entry;
      const openMs = entry.heldSince === 0 ? 0 : lane.breaker.openMsOfLast(now - entry.heldSince, now);
      entry.ambiguous = result.ambiguous;
      if (result.terminal) {
        stored.set(
          queued.channel,
          stored.get(queued.channel)!.filter((other) => other !== entry),
        );
        lane.finish(queued, now);
        lane.forget(queued.deliveryId);
        if (result.state === 'delivered') deliver(queued);
        else report.failed++;
      } else {
        entry.heldSince ||= now;
        if (result.state === 'ready' && entry.heldSince + holdsChannelForMs < now + result.afterMs - openMs)
          report.parked++;
        lane.finish(queued, now, { readyAt: now + result.afterMs, unknown: result.state === 'unknown' });
      }
      pump();
    };
    const deliver = (queued: QueuedDelivery): void => {
      report.delivered++;
      report.lastAt = now;
      if (now >= outage.from && now < outage.to) report.deliveredDuringOutage++;
      if (now >= outage.to) report.recoveredAfterMs ||= now - outage.to;
      if ((lastDelivered.get(queued.channel) ?? -1) > queued.seq) report.disordered++;
      lastDelivered.set(queued.channel, queued.seq);
    };
    const attempt = (entry: Entry): void => {
      const { queued } = entry;
      const delivery = claimed({
        attempt: ++entry.attempts,
        ambiguous: entry.ambiguous,
        ambiguity: scenario.policy,
        heldForMs: entry.heldSince === 0 ? 0 : now - entry.heldSince,
      });
      if (queued.unknown) {
        const heldForMs = delivery.heldForMs - lane.breaker.openMsOfLast(delivery.heldForMs, now);
        return settle(entry, resolveUnknown({ ...delivery, heldForMs }, { kind: 'cannot_know' }, policyOf));
      }
      if (!lane.mayCall(queued, now)) return lane.finish(queued, now, { readyAt: now, unknown: false });
      lane.written(queued, now);
      const failing = away(n);
      after(failing ? scenario.failureMs : scenario.answerMs, () => {
        const facts = {};
        const end: Exclude<SendResult, { kind: 'not_written' }> = failing
          ? { kind: 'unknown', error: 'timeout', advice: '', facts }
          : { kind: 'delivered', facts };
        lane.answered(queued, now, now);
        lane.saw(queued, evidenceOf(end), now);
        if (end.kind === 'delivered') lane.accepted(queued, now);
        else report.ambiguous++;
        settle(entry, resolveResult(delivery, end, new Date(0), policyOf));
      });
    };
    const probeIfDue = (): void => {
      if (kind.takeProbe(now)) {
        // The probe of all is away only when Slack is, for everybody.
        const answered = !(away(n) && scenario.concerns === undefined);
        after(answered ? scenario.answerMs : 5_000, () => {
          kind.probed(answered, now);
          for (const each of pumps) each();
        });
      } else if (lane.breaker.takeProbe(now)) {
        const answered = !away(n);
        after(answered ? scenario.answerMs : 5_000, () => {
          lane.breaker.probed(answered, now);
          pump();
        });
      }
    };
    const pump = (): void => {
      probeIfDue();
      for (const queued of lane.take(now, 100)) attempt(entries.get(queued.deliveryId)!);
      for (const channel of lane.takeDrainedChannels()) read(channel);
      const wakeAt = lane.nextWake(now);
      if (wakeAt === null) events.cancel(pump);
      else events.schedule(pump, Math.max(now, wakeAt));
    };
    for (const page of lane.wantedPages(0)) lane.offerPage(page, [], 4, 0);
    for (const channel of stored.keys()) read(channel);
    pumps.push(pump);
    return report;
  });

  for (const pump of pumps) pump();
  const total = scenario.lanes * scenario.channels * scenario.each;
  for (let step = 0; step < 30 * total + 100_000; step++) {
    const next = events.next();
    if (next === null) return reports;
    now = next;
    events.due(now)!();
    if (reports.reduce((sum, { delivered, failed }) => sum + delivered + failed, 0) === total) return reports;
  }
  throw new Error(`the lanes never came to an end: ${JSON.stringify(reports)}`);
}

const queueOf = (channel: string, lane: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, seq) => ({
    queued: queuedDelivery(seq, channel, { deliveryId: `${lane}-${channel}-${seq}` }),
    attempts: 0,
    ambiguous: 0,
    heldSince: 0,
  }));
