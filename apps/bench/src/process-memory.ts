// The memory of a process, as Linux tells it.
import { readFileSync } from 'node:fs';

export interface Memory {
  /** The resident set, in MB. */
  nowMb: number;
  /** The largest that it was since the process began. */
  peakMb: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024);
  return { nowMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}
