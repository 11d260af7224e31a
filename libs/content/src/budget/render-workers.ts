// Long-lived worker threads that draw what may be expensive, each job within a time budget and a memory limit.
// Guarantees: a job ends within its budget, or within the longest wait if no thread becomes free; a thread whose job
// took too long or too much memory is terminated and replaced when the next job needs one; tenants take turns
// (tenant-queue.ts), so that one tenant's expensive jobs do not keep another's waiting for longer than one budget. The
// budget is processor time, where Node.js tells it, so that a busy machine costs no job its drawing; six times as much
// time ends a job in any case. Threads start when they are first needed and keep the process alive only while they have
// a job. The budget begins when the thread is ready, not while it starts. It does not retry and does not know what is
// drawn: draw-in-worker.ts answers on the other side.
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { TenantQueue } from './tenant-queue.ts';

export interface RenderWorkersOptions {
  /** The module that each thread runs. It calls `drawInWorker`. */
  script: URL;
  threads?: number;
  budgetMs?: number;
  longestWaitMs?: number;
}

/**
 * Why nothing was drawn: the budget ended, no thread became free in time, or the thread failed (memory, an exception).
 */
export type NotDrawn = 'expired' | 'busy' | 'failed';

export type Drawn<Output> = { output: Output } | { notDrawn: NotDrawn; cause?: unknown };

export interface WorkerRequest {
  kind: string;
  input: unknown;
}

/** `ready` once, then one answer for each request. */
export type WorkerAnswer = { answer: 'ready' | { output: unknown } | { error: string }; cpuMs: number | undefined };

interface Job extends WorkerRequest {
  tenantId: string;
  resolve: (drawn: Drawn<unknown>) => void;
  waiting: NodeJS.Timeout;
}

interface Thread {
  worker: Worker;
  ready: boolean;
  /** Of the thread, when it was last idle; undefined where Node.js does not tell. */
  cpuMs?: number | undefined;
  job?: Job | undefined;
  timer?: NodeJS.Timeout | undefined;
}

/** Starting a thread takes some 50 ms; one that takes this long will never be ready. */
const longestStartMs = 5_000;
/** A job may take so many budgets of time as long as it has not had one budget of processor time. */
const busyMachine = 6;

export class RenderWorkers {
  readonly #options: Required<RenderWorkersOptions>;
  readonly #threads = new Set<Thread>();
  readonly #queue = new TenantQueue<Job>();

  constructor({ script, threads = 2, budgetMs = 250, longestWaitMs = 2_000 }: RenderWorkersOptions) {
    this.#options = { script, threads, budgetMs, longestWaitMs };
  }

  run(kind: string, tenantId: string, input: unknown): Promise<Drawn<unknown>> {
    return new Promise((resolve) => {
      const job: Job = {
        kind,
        tenantId,
        input,
        resolve,
        waiting: setTimeout(() => this.#giveUp(job), this.#options.longestWaitMs),
      };
      this.#queue.add(tenantId, job);
      this.#assign();
    });
  }

  /** Jobs under way and in the queue end as not drawn. */
  async close(): Promise<void> {
    for (let job = this.#queue.take(); job !== undefined; job = this.#queue.take()) end(job, { notDrawn: 'failed' });
    await Promise.all([...this.#threads].map((thread) => this.#discard(thread, { notDrawn: 'failed' })));
  }

  #assign(): void {
    for (;;) {
      const thread = this.#idle();
      const job = thread && this.#queue.take();
      if (!thread || !job) return;
      clearTimeout(job.waiting);
      thread.job = job;
      thread.worker.ref();
      if (thread.ready) this.#begin(thread, job);
    }
  }

  /** A thread without a job, an existing one if there is one; undefined where there are as many as there may be. */
  #idle(): Thread | undefined {
    let idle: Thread | undefined;
    for (const thread of this.#threads)
      if (thread.job === undefined && (idle === undefined || thread.ready)) idle = thread;
    return idle ?? (this.#threads.size < this.#options.threads ? this.#prepare() : undefined);
  }

  /** The thread's job begins when the thread is ready. */
  #prepare(): Thread {
    const { script } = this.#options;
    const worker = new Worker(script, {
      // Sources are TypeScript in tests; their workspace packages are found by the same condition.
      ...(script.pathname.endsWith('.ts') && {
        execArgv: ['--conditions=@carillon/source', '--disable-warning=ExperimentalWarning'],
      }),
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 },
    });
    const thread: Thread = { worker, ready: false };
    this.#threads.add(thread);
    thread.timer = setTimeout(
      () => void this.#discard(thread, { notDrawn: 'failed', cause: 'the thread did not start' }),
      longestStartMs,
    ).unref();
    worker.on('message', (answer: WorkerAnswer) => this.#answered(thread, answer));
    worker.on('error', (cause) => void this.#discard(thread, { notDrawn: 'failed', cause }));
    worker.on('exit', () => void this.#discard(thread, { notDrawn: 'failed', cause: 'the thread ended' }));
    worker.unref();
    return thread;
  }

  #begin(thread: Thread, job: Job): void {
    const end = performance.now() + busyMachine * this.#options.budgetMs;
    thread.timer = setTimeout(() => void this.#check(thread, job, end), this.#options.budgetMs);
    thread.worker.postMessage({ kind: job.kind, input: job.input } satisfies WorkerRequest);
  }

  /** On a busy machine the thread may have had little processor time. */
  async #check(thread: Thread, job: Job, end: number): Promise<void> {
    const { budgetMs } = this.#options;
    const left = end - performance.now();
    const used = left > 0 && thread.cpuMs !== undefined ? await cpuMsOf(thread.worker, left) : undefined;
    if (thread.job !== job) return;
    const more = used === undefined || thread.cpuMs === undefined ? 0 : budgetMs - (used - thread.cpuMs);
    if (more <= 0 || end <= performance.now()) void this.#discard(thread, { notDrawn: 'expired' });
    else thread.timer = setTimeout(() => void this.#check(thread, job, end), Math.min(more, end - performance.now()));
  }

  #answered(thread: Thread, { answer, cpuMs }: WorkerAnswer): void {
    clearTimeout(thread.timer);
    thread.cpuMs = cpuMs;
    const { job } = thread;
    if (answer === 'ready') {
      thread.ready = true;
      if (job) this.#begin(thread, job);
      return;
    }
    thread.job = undefined;
    thread.worker.unref();
    if (job) end(job, 'output' in answer ? answer : { notDrawn: 'failed', cause: answer.error });
    this.#assign();
  }

  async #discard(thread: Thread, drawn: Drawn<unknown>): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    clearTimeout(thread.timer);
    if (thread.job) end(thread.job, drawn);
    this.#assign();
    await thread.worker.terminate();
  }

  #giveUp(job: Job): void {
    this.#queue.remove(job.tenantId, job);
    end(job, { notDrawn: 'busy' });
  }
}

/** @returns undefined where Node.js does not tell, or not in time */
async function cpuMsOf(worker: Worker, withinMs: number): Promise<number | undefined> {
  if (typeof worker.cpuUsage !== 'function') return undefined;
  const late = new AbortController();
  try {
    const used = await Promise.race([
      worker.cpuUsage(),
      setTimeoutPromise(withinMs, undefined, { signal: late.signal }),
    ]);
    return used && (used.user + used.system) / 1000;
  } catch {
    return undefined; // The thread has ended.
  } finally {
    late.abort();
  }
}

function end(job: Job, drawn: Drawn<unknown>): void {
  clearTimeout(job.waiting);
  job.resolve(drawn);
}
