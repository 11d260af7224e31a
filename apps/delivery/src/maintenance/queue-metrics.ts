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

/** One series for each value of the label. */
function show<Value extends string>(
  name: string,
  help: string,
  label: string,
  values: readonly Value[],
  of: (totals: QueueTotals, value: Value) => number | undefined,
): void {
  gauge(name, help, [label], (metric) => {
    metric.reset();
    const totals = latest();
    if (totals) for (const value of values) metric.set({ [label]: value }, of(totals, value) ?? 0);
  });
}

show(
  'carillon_delivery_queued',
  'Deliveries without an outcome, by state; at most a million are counted. One process shows them for all.',
  'state',
  liveStates,
  ({ byState }, state) => byState[state],
);
show(
  'carillon_delivery_oldest_ready_seconds',
  'How long the oldest delivery waits that is ready and that nothing blocks. One process shows it for all.',
  'scope',
  ['all'],
  ({ oldestReadySeconds }) => oldestReadySeconds,
);
show(
  'carillon_delivery_blocked_lanes',
  'Lanes whose ready deliveries do not go, by cause. One process shows them for all.',
  'cause',
  blockCauses,
  ({ blockedLanes }, cause) => blockedLanes[cause],
);
