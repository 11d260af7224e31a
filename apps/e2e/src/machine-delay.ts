// How late this machine is: what a promise in seconds is measured with. A machine that is busy with other work delays
// the services by about as much as this process, and a slow service does not delay this process. Two measurements run
// at the same time: how late timers fire here, and how much longer than planned a process is busy that does in rounds
// what the promise is made of, but nothing else.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** Of the histogram itself: its timer fires every 10 ms, and half of them late by less. */
const resolutionMs = 10;

export interface PlainRound {
  /** The pause before each round. */
  everyMs: number;
  /** The work of a round, which takes next to no time on an idle machine. */
  work: () => Promise<unknown>;
}

export class MachineDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  private readonly stopping = new AbortController();
  private readonly rounds: Promise<void>;
  private lateMs = 0;
  /** When the round that is under way should be over. */
  private dueAt = 0;

  private constructor(round: PlainRound) {
    this.histogram.enable();
    this.rounds = this.run(round);
  }

  static measure(round: PlainRound): MachineDelay {
    return new MachineDelay(round);
  }

  /** The longest delay of a timer since the measurement began, in ms. */
  get longest(): number {
    return this.histogram.count === 0 ? 0 : Math.max(0, this.histogram.max / 1e6 - resolutionMs);
  }

  /** How late all plain rounds since the measurement began were together, in ms. */
  get late(): number {
    return this.lateMs + Math.max(0, performance.now() - this.dueAt);
  }

  async stop(): Promise<void> {
    this.histogram.disable();
    this.stopping.abort();
    await this.rounds;
  }

  private async run({ everyMs, work }: PlainRound): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      this.dueAt = performance.now() + everyMs;
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await work();
      this.lateMs += Math.max(0, performance.now() - this.dueAt);
    }
  }
}
