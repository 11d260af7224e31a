// The clocks of this machine, each in milliseconds.
import { openSync, readSync } from 'node:fs';

/**
 * Milliseconds that never jump, near enough to the wall clock to be read by people. They stand still while the machine
 * is suspended.
 */
export const monotonicNow = (): number => performance.timeOrigin + performance.now();

const uptime = Buffer.alloc(32);
let uptimeFile: number | undefined;

/** Since the machine started, the time in which it was suspended included; 0 where the system does not tell (macOS). */
export function bootNow(): number {
  try {
    uptimeFile ??= openSync('/proc/uptime', 'r');
    return Number.parseFloat(uptime.toString('latin1', 0, readSync(uptimeFile, uptime, 0, uptime.length, 0))) * 1_000;
  } catch {
    return 0;
  }
}
