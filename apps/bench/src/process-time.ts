// What a process, or the machine, has used of its processors so far.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Ticks a second of /proc; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of processor time of one process, its threads included. */
export function cpuSecondsOf(pid: number): number {
  const [user, system] = timesOf(pid);
  return user! + system!;
}

/** The same, with all child processes, those that have ended included: PostgreSQL has one for each connection. */
export function cpuSecondsOfTree(pid: number): number {
  const own = timesOf(pid).reduce((sum, seconds) => sum + seconds, 0);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  if (children === '') return own;
  return children.split(' ').reduce((sum, child) => sum + cpuSecondsOfIfThere(Number(child)), own);
}

/** A child may end between the list and the look; its parent has its time then. */
function cpuSecondsOfIfThere(pid: number): number {
  try {
    return cpuSecondsOf(pid);
  } catch {
    return 0;
  }
}

/** utime, stime, cutime and cstime in seconds. */
function timesOf(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold blanks; the four times are the 12th to 15th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map((ticks) => Number(ticks) / ticksPerSecond);
}

/** Seconds in which the machine's processors did something, all together. */
export function busySeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1_000;
}

export interface Usage {
  cpuSecondsPerSecond: number;
  machineBusySecondsPerSecond: number;
}

/** What a process, and the machine, use from now on; told when asked. */
export function usageFromNow(pid: number): () => Usage {
  const before = { cpu: cpuSecondsOf(pid), busy: busySeconds(), at: performance.now() };
  return () => {
    const elapsed = (performance.now() - before.at) / 1_000;
    return {
      cpuSecondsPerSecond: Number(((cpuSecondsOf(pid) - before.cpu) / elapsed).toFixed(3)),
      machineBusySecondsPerSecond: Number(((busySeconds() - before.busy) / elapsed).toFixed(2)),
    };
  };
}
