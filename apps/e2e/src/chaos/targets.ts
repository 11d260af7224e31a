// What chaos kills, and how: a process by SIGKILL (the playground starts it again), a server by a stop and a start.
import type { Playground, ServiceName } from '@carillon/playground';

export interface Target {
  name: string;
  kill(): Promise<void>;
}

const serverIsAwayMs = 2_000;

export function processTargets(playground: Playground, names: readonly ServiceName[]): Target[] {
  return playground
    .processes()
    .filter(({ name }) => (names as readonly string[]).includes(name))
    .map((process) => ({ name: process.label, kill: () => process.kill('SIGKILL') }));
}

export function serverTargets({ kafka, postgres }: Playground): Record<'kafka' | 'postgres', Target> {
  return {
    kafka: {
      name: 'kafka',
      kill: () =>
        outage(
          () => kafka.stop(),
          () => kafka.start(),
        ),
    },
    postgres: {
      name: 'postgres',
      kill: () =>
        outage(
          () => postgres.stop('immediate'),
          () => postgres.start(),
        ),
    },
  };
}

async function outage(stop: () => Promise<unknown>, start: () => Promise<unknown>): Promise<void> {
  await stop();
  await new Promise((resolve) => setTimeout(resolve, serverIsAwayMs));
  await start();
}
