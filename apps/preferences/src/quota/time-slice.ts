// Lets the event loop go on between steps of a long piece of work, so that other tenants' work does not wait for all of
// it. It does not shorten a step, and does not limit the work (work-shares.ts).
import { setImmediate } from 'node:timers/promises';

const sliceMs = 5;

export class TimeSlice {
  private since = performance.now();

  /** Call it between two steps. */
  async yieldIfOver(): Promise<void> {
    if (performance.now() - this.since < sliceMs) return;
    await setImmediate();
    this.since = performance.now();
  }
}
