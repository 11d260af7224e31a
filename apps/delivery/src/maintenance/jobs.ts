// The maintenance jobs of a process and how often each runs. Jobs that concern lanes touch only those of this process.
import type { Pool } from 'pg';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { monotonicNow } from '../model/clock.ts';
import { releaseDigests } from '../ledger/digests.ts';
import { storeSnapshots } from '../ownership/lane-assignments.ts';
import { releaseDue } from './due-deliveries.ts';
import { expireDue, expireHeld } from './expiry.ts';
import type { MaintenanceJob } from './maintenance.ts';
import { sweepOrphans } from './orphans.ts';
import { createDailyPartitions } from './partitions.ts';
import { applyRetention } from './retention.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const soonestMs = 20;

export interface JobContext {
  pool: Pool;
  dispatcher: Dispatcher;
  /** How long an attempt that nobody carries out rests before it is reconciled. */
  reconcileWaitMs: number;
}

export function maintenanceJobs({ pool, dispatcher, reconcileWaitMs }: JobContext): MaintenanceJob[] {
  /** Without a pod the process has no lanes. */
  const ofLanes = (run: (podId: string) => Promise<number | void>) => async (): Promise<number | undefined> =>
    dispatcher.podId === '' ? undefined : ((await run(dispatcher.podId)) ?? undefined);
  return [
    {
      name: 'due deliveries',
      everyMs: second,
      run: ofLanes(async (podId) => {
        const { lanes, nextInMs } = await releaseDue(pool, podId);
        dispatcher.wake(lanes);
        return Math.min(second, Math.max(soonestMs, nextInMs ?? second));
      }),
    },
    {
      name: 'digests',
      everyMs: second,
      run: ofLanes(async (podId) => dispatcher.wake(await releaseDigests(pool, podId))),
    },
    { name: 'expiry', everyMs: second, run: ofLanes(async (podId) => void (await expireDue(pool, podId))) },
    { name: 'expiry of held deliveries', everyMs: 10 * minute, run: ofLanes((podId) => expireHeld(pool, podId)) },
    {
      name: 'lane snapshots',
      everyMs: second,
      run: ofLanes((podId) => {
        const now = monotonicNow();
        const changed = dispatcher.owned().flatMap((lane) => lane.changedSnapshot(now) ?? []);
        return storeSnapshots(pool, podId, changed);
      }),
    },
    {
      name: 'orphaned attempts',
      everyMs: 10 * second,
      run: ofLanes(() => sweepOrphans(pool, dispatcher, reconcileWaitMs)),
    },
    {
      name: 'partitions',
      everyMs: 6 * hour,
      firstInMs: 6 * hour,
      run: async () => void (await createDailyPartitions(pool)),
    },
    { name: 'retention', everyMs: hour, run: async () => void (await applyRetention(pool)) },
  ];
}
