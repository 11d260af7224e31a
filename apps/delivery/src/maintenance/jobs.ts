// The maintenance jobs of a process and how often each runs. Jobs that concern lanes touch only those of this process.
import type { Pool } from 'pg';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { monotonicNow } from '../model/clock.ts';
import { queueTotals } from '../ledger/queue-totals.ts';
import { releaseDigests } from '../ledger/release-digests.ts';
import { storeSnapshots } from '../ownership/lane-assignments.ts';
import { applyPendingRetractions } from '../ledger/retractions.ts';
import type { Arrival } from '../model/queued-delivery.ts';
import { releaseDue } from './due-deliveries.ts';
import { expireDue, expireHeld } from './expiry.ts';
import { inSteps, pauseMs, type MaintenanceJob } from './maintenance.ts';
import { sweepOrphans } from './orphans.ts';
import { createDailyPartitions } from './partitions.ts';
import { countedEveryMs, showQueueTotals } from './queue-metrics.ts';
import { retentionSteps } from './retention.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export interface JobContext {
  /** Its connections give up early: on a lock that somebody holds, and on a statement that takes too long. */
  pool: Pool;
  dispatcher: Dispatcher;
  /** Tells the owners of lanes of deliveries that stand in queues now. */
  announce: (arrivals: readonly Arrival[]) => Promise<void>;
  /** Takes some of what is held for tenants that came from another cell; whether there is more. */
  releaseHeld: () => Promise<boolean>;
  /** How long an attempt that nobody carries out rests before it is reconciled. */
  reconcileWaitMs: number;
}

export function maintenanceJobs({
  pool,
  dispatcher,
  announce,
  releaseHeld,
  reconcileWaitMs,
}: JobContext): MaintenanceJob[] {
  /** Without a pod the process has no lanes. */
  const ofLanes = (step: (podId: string) => Promise<number | void>) => async (): Promise<number | undefined> =>
    dispatcher.podId === '' ? undefined : ((await step(dispatcher.podId)) ?? undefined);
  let digestsAfter = '';
  const soonIf = (more: boolean): number | undefined => (more ? pauseMs : undefined);
  return [
    {
      name: 'due deliveries',
      everyMs: second,
      step: ofLanes(async (podId) => {
        const { lanes, nextInMs } = await releaseDue(pool, podId);
        dispatcher.wake(lanes);
        return Math.min(second, Math.max(pauseMs, nextInMs ?? second));
      }),
    },
    {
      name: 'digests',
      everyMs: second,
      step: ofLanes(async (podId) => {
        const released = await releaseDigests(pool, podId, digestsAfter);
        digestsAfter = released.after;
        dispatcher.wake(released.lanes);
        return soonIf(released.more);
      }),
    },
    { name: 'expiry', everyMs: second, step: ofLanes(async (podId) => soonIf(await expireDue(pool, podId))) },
    {
      name: 'expiry of held deliveries',
      everyMs: 10 * minute,
      step: ofLanes(async (podId) => soonIf(await expireHeld(pool, podId))),
    },
    {
      name: 'lane snapshots',
      everyMs: second,
      step: ofLanes((podId) => {
        const now = monotonicNow();
        const changed = dispatcher.owned().flatMap((lane) => lane.changedSnapshot(now) ?? []);
        return storeSnapshots(pool, podId, changed);
      }),
    },
    {
      name: 'orphaned attempts',
      everyMs: 10 * second,
      step: ofLanes(() => sweepOrphans(pool, dispatcher, reconcileWaitMs)),
    },
    {
      name: 'retractions that were not applied',
      everyMs: 2 * second,
      step: async () => {
        const reopened = await applyPendingRetractions(pool);
        if (reopened.length > 0) await announce(reopened);
        return undefined;
      },
    },
    { name: 'records of arrived tenants', everyMs: second, step: async () => soonIf(await releaseHeld()) },
    {
      name: 'queue totals',
      everyMs: countedEveryMs,
      firstInMs: 5 * second,
      step: async () => {
        showQueueTotals(await queueTotals(pool));
        return undefined;
      },
    },
    {
      name: 'partitions',
      everyMs: 6 * hour,
      firstInMs: minute,
      step: async () => ((await createDailyPartitions(pool)) ? undefined : minute),
    },
    { name: 'retention', everyMs: hour, step: inSteps(() => retentionSteps(pool)) },
  ];
}
