// How late timers fire in this process: what a promise in seconds is measured with. A machine that is busy with other
// work delays the services by about as much as this process, and a slow service does not delay this process.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Of the histogram itself: its timer fires every 10 ms, and half of them late by less. */
const resolutionMs = 10;

export class MachineDelay {
  private constructor(private readonly histogram: ReturnType<typeof monitorEventLoopDelay>) {}

  static measure(): MachineDelay {
    const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    histogram.enable();
    return new MachineDelay(histogram);
  }

  /** The longest delay since the measurement began, in ms. */
  get longest(): number {
    return this.histogram.count === 0 ? 0 : Math.max(0, this.histogram.max / 1e6 - resolutionMs);
  }

  stop(): void {
    this.histogram.disable();
  }
}
