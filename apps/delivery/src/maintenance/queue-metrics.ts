// Gauges of what waits, counted every half minute by one process for all. The series are few, whatever the number of
// lanes and tenants: a lane is looked up by its route. A process that did not count lately shows nothing.
import { liveStates } from '../model/delivery-state.ts';
import { blockCauses } from '../ledger/block-causes.ts';
import type { QueueTotals } from '../ledger/queue-totals.ts';
import { blockedLanes, oldestReady, queuedDeliveries } from '../metrics.ts';

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
  gauge: { reset(): void; onRead(read: () => void): void },
  set: (value: Value, shown: number) => void,
  values: readonly Value[],
  of: (totals: QueueTotals, value: Value) => number | undefined,
): void {
  gauge.onRead(() => {
    gauge.reset();
    const totals = latest();
    if (totals) for (const value of values) set(value, of(totals, value) ?? 0);
  });
}

show(
  queuedDeliveries,
  (state, shown) => queuedDeliveries.set({ state }, shown),
  liveStates,
  ({ byState }, state) => byState[state],
);
show(
  oldestReady,
  (scope, shown) => oldestReady.set({ scope }, shown),
  ['all'] as const,
  ({ oldestReadySeconds }) => oldestReadySeconds,
);
show(
  blockedLanes,
  (cause, shown) => blockedLanes.set({ cause }, shown),
  blockCauses,
  (totals, cause) => totals.blockedLanes[cause],
);
