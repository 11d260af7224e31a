// Runs the jobs that keep the ledger in order. Guarantees: each job has its own timer, so a slow one delays no other;
// a job works in steps of a bounded size, with a pause between them; a job that fails is logged and runs again; a job
// never overlaps itself; a stop waits for the step under way at most.
import { createLogger } from '@carillon/telemetry';

export interface MaintenanceJob {
  name: string;
  everyMs: number;
  /** The first run is this much later than the start; 0 by default. */
  firstInMs?: number;
  /** One step. Resolves to the ms to the next one where it is due earlier than `everyMs`. */
  step(): Promise<number | undefined>;
}

/** Between the steps of a job that has more to do, so that it takes a small share of the database. */
export const pauseMs = 20;
/** A job that runs seldom does not wait until its next time after a failure. */
const againAfterFailureMs = 60_000;

/** A job whose run is a sequence of steps; after a failure it begins anew. */
export function inSteps(begin: () => AsyncIterator<void>): MaintenanceJob['step'] {
  let run: AsyncIterator<void> | undefined;
  return async () => {
    run ??= begin();
    try {
      const { done } = await run.next();
      if (!done) return pauseMs;
    } catch (error) {
      run = undefined;
      throw error;
    }
    run = undefined;
    return undefined;
  };
}

export class Maintenance {
  private readonly log = createLogger('maintenance');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private stopping = false;

  constructor(private readonly jobs: readonly MaintenanceJob[]) {}

  start(): void {
    for (const job of this.jobs) this.schedule(job, job.firstInMs ?? 0);
  }

  /** Resolves when no step runs any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.all(this.running);
  }

  private schedule(job: MaintenanceJob, inMs: number): void {
    if (this.stopping) return;
    const timer = setTimeout(() => {
      const run = this.run(job).finally(() => this.running.delete(run));
      this.running.add(run);
    }, inMs);
    this.timers.set(job.name, timer);
  }

  private async run(job: MaintenanceJob): Promise<void> {
    let nextInMs: number | undefined;
    try {
      nextInMs = await job.step();
    } catch (error) {
      this.log.warn({ err: error, job: job.name }, 'a maintenance job failed; it runs again');
      nextInMs = Math.min(job.everyMs, againAfterFailureMs);
    }
    this.schedule(job, nextInMs ?? job.everyMs);
  }
}
