// Runs the jobs that keep the ledger in order. Guarantees: each job has its own timer, so a slow one delays no other
// and never the lease; a job that fails is logged and runs again at its next time; a job never overlaps itself. A job
// works in small steps and yields to the event loop between them.
import { createLogger } from '@carillon/telemetry';

export interface MaintenanceJob {
  name: string;
  everyMs: number;
  /** The first run is this much later than the start; 0 by default. */
  firstInMs?: number;
  /** Resolves to the ms to the next run where it is due earlier than `everyMs`. */
  run(): Promise<number | undefined>;
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

  /** Resolves when no job runs any more. */
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
      nextInMs = await job.run();
    } catch (error) {
      this.log.warn({ err: error, job: job.name }, 'a maintenance job failed; it runs again');
    }
    this.schedule(job, nextInMs ?? job.everyMs);
  }
}
