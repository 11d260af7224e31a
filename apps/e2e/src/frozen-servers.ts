// PostgreSQL and Kafka as servers that accept and do not answer: their processes are stopped (SIGSTOP), so connections
// stay open and nothing comes back. Linux only, as it reads /proc.
import { readdirSync, readFileSync } from 'node:fs';
import type { Playground } from '@carillon/playground';

/** Freezes both, or one, until the function that it returns is called. */
export function freezeServers(
  playground: Playground,
  names: readonly ('postgres' | 'kafka')[] = ['postgres', 'kafka'],
): () => void {
  const frozen = names.map((name) => playground[name].pid!).flatMap((pid) => [pid, ...childrenOf(pid)]);
  signal(frozen, 'SIGSTOP');
  return () => signal(frozen, 'SIGCONT');
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // a backend of PostgreSQL that has ended meanwhile
    }
  }
}

/** PostgreSQL's backends are children of their server, each in a process group of its own. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(parent);
      } catch {
        return false;
      }
    })
    .map(Number);
}
