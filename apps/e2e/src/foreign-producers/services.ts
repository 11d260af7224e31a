// What an operator would look at after an attack: whether the services are ready, are the same processes as before,
// have read everything, and how much memory they took at most.
import { readFileSync } from 'node:fs';
import { lagOf, type Playground } from '@carillon/playground';
import type { Admin } from 'kafkajs';
import { until } from '../until.ts';

export const pidsOf = (playground: Playground): Record<string, number | undefined> =>
  Object.fromEntries(playground.processes().map(({ label, pid }) => [label, pid]));

export async function readinessOf(playground: Playground): Promise<Record<string, number>> {
  const services = playground.processes().filter(({ name }) => name !== 'slack-simulator');
  return Object.fromEntries(
    await Promise.all(services.map(async ({ label, url }) => [label, (await fetch(`${url}/readyz`)).status] as const)),
  );
}

/** Until every consumer group of the platform has committed everything on the topics that it reads. */
export async function everythingRead(admin: Admin): Promise<void> {
  await until(
    'every consumer group to be without lag',
    async () => {
      const { groups } = await admin.listGroups();
      for (const { groupId } of groups.filter((group) => group.groupId.startsWith('carillon.'))) {
        for (const { topic } of await admin.fetchOffsets({ groupId })) {
          const lag = await lagOf(admin, groupId, topic);
          if (lag > 0) throw new Error(`${groupId} has still to read ${lag} of ${topic}`);
        }
      }
      return true;
    },
    { everyMs: 250 },
  );
}

/** The most memory that a process has had since it started, in MB. */
export function peakMemoryOf(pid: number): number {
  const [, kB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kB) / 1024);
}
