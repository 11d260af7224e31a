// Identifies a process by its pid and start time, because pids are reused. Code that ends a process by a stored pid
// checks this first.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Undefined: there is no such process, or it is a zombie. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startTimeFromPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

export function isSameProcess(pid: number, startTime: string | undefined): boolean {
  return startTime !== undefined && startTimeOf(pid) === startTime;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
