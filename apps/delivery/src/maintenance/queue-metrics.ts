// Gauges of what waits, counted every half minute by one process for all. The series are few, whatever the number of
// lanes and tenants: a lane is looked up by its route. A process that did not count lately shows nothing.
import { gauge } from '@carillon/telemetry';
import { liveStates } from '../model/delivery-state.ts';
import { blockCauses, type QueueTotals } from '../ledger/queue-totals.ts';

export const countedEveryMs = 30_000;
/** Longer than the time between two counts. */
const shownForMs = 75_000;

let counted: { totals: QueueTotals; at: number } | undefined;

const latest = (): QueueTotals | undefined =>
  counted && performance.now() - counted.at < shownForMs ? counted.totals : undefined;

export function showQueueTotals(totals: QueueTotals | undefined): void {
  if (totals) counted = { totals, at: performance.now() };
}

gauge(
  'carillon_delivery_queued',
  'Deliveries without an outcome, by state; at most a million are counted. One process shows them for all.',
  ['state'],
  (metric) => {
    metric.reset();
    const totals = latest();
    if (totals) for (const state of liveStates) metric.set({ state }, totals.byState[state] ?? 0);
  },
);
gauge(
  'carillon_delivery_oldest_ready_seconds',
  'How long the oldest delivery waits that is ready and that nothing blocks. One process shows it for all.',
  ['scope'],
  (metric) => {
    metric.reset();
    const totals = latest();
    if (totals) metric.set({ scope: 'all' }, totals.oldestReadySeconds);
  },
);
gauge(
  'carillon_delivery_blocked_lanes',
  'Lanes whose ready deliveries do not go, by cause. One process shows them for all.',
  ['cause'],
  (metric) => {
    metric.reset();
    const totals = latest();
    if (totals) for (const cause of blockCauses) metric.set({ cause }, totals.blockedLanes[cause]);
  },
);
