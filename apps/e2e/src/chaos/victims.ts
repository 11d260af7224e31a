// What can be struck, and how: a process by SIGKILL (it is started again by whoever keeps it alive), a server by a stop
// and a start.
import type { Playground, ServiceName } from '@carillon/playground';

export interface Victim {
  name: string;
  strike(): Promise<void>;
}

const serverIsAwayMs = 2_000;

export function processesOf(playground: Playground, names: readonly ServiceName[]): Victim[] {
  return playground
    .processes()
    .filter(({ name }) => (names as readonly string[]).includes(name))
    .map((process) => ({ name: process.label, strike: () => process.kill('SIGKILL') }));
}

export function serversOf({ kafka, postgres }: Playground): Victim[] {
  return [
    {
      name: 'kafka',
      strike: () =>
        restarted(
          () => kafka.stop(),
          () => kafka.start(),
        ),
    },
    {
      name: 'postgres',
      strike: () =>
        restarted(
          () => postgres.stop('immediate'),
          () => postgres.start(),
        ),
    },
  ];
}

async function restarted(stop: () => Promise<unknown>, start: () => Promise<unknown>): Promise<void> {
  await stop();
  await new Promise((resolve) => setTimeout(resolve, serverIsAwayMs));
  await start();
}
