// The shutdown of a process. Guarantees: the phases run one after another; the steps of a phase run concurrently; all
// phases together end within one deadline, whatever hangs; each phase has a share of that time, which no earlier phase
// can use up; a step that fails or hangs does not prevent the others, and stop() returns the names of those that hang.
// Does not end the process, and does not stop what a step left behind: run-service.ts exits.
//   intake  stop accepting work: HTTP, consumers
//   work    finish or release the work in progress
//   flush   publish records that are stored here and not yet on Kafka
//   close   close the application; afterwards the platform closes its connections
import { createLogger, type Logger } from '@carillon/telemetry';

export const phases = ['intake', 'work', 'flush', 'close', 'release'] as const;
/** The phases of services; `release` is the platform's own. */
export type Phase = Exclude<(typeof phases)[number], 'release'>;

/** `limitMs`: after this time the step is left behind. */
type Step = (limitMs: number) => void | Promise<void>;

/**
 * The part of the time that a phase has in any case. It also gets what the phases before it did not use. The rest, a
 * twentieth, is for telemetry, which run-service.ts stops last.
 */
const shares: Record<(typeof phases)[number], number> = {
  intake: 0.4,
  work: 0.25,
  flush: 0.1,
  close: 0.1,
  release: 0.1,
};

const TIMEOUT_MS = 25_000;

export class Lifecycle {
  private readonly log: Logger = createLogger('lifecycle');
  private readonly steps: Record<(typeof phases)[number], { name: string; run: Step }[]> = {
    intake: [],
    work: [],
    flush: [],
    close: [],
    release: [],
  };
  private readonly running = new Set<string>();
  private stopped: Promise<readonly string[]> | undefined;
  private deadline = Infinity;

  /** @param timeoutMs the time that all phases have together */
  constructor(readonly timeoutMs = TIMEOUT_MS) {}

  get stopping(): boolean {
    return this.stopped !== undefined;
  }

  /** The steps that have not ended yet, as `phase: name`, those that were left behind included. */
  get unfinished(): readonly string[] {
    return [...this.running];
  }

  /** What is left of the time, once stop() was called. */
  get remainingMs(): number {
    return Math.max(0, this.deadline - performance.now());
  }

  onStop(phase: Phase, name: string, run: Step): void {
    this.steps[phase].push({ name, run });
  }

  /** Closes connections, as the last phase. */
  onRelease(name: string, run: Step): void {
    this.steps.release.push({ name, run });
  }

  /**
   * Runs the phases. May be called several times; all calls get the same promise.
   * @returns the steps that were left behind, as `phase: name`
   */
  stop(): Promise<readonly string[]> {
    return (this.stopped ??= this.runPhases());
  }

  private async runPhases(): Promise<readonly string[]> {
    this.deadline = performance.now() + this.timeoutMs;
    let reserved = 1;
    const leftBehind: string[] = [];
    for (const phase of phases) {
      reserved -= shares[phase];
      const limitMs = Math.max(0, this.remainingMs - reserved * this.timeoutMs);
      const ends = await Promise.all(this.steps[phase].map((step) => this.runStep(phase, step, limitMs)));
      leftBehind.push(...ends.filter((name) => name !== undefined));
    }
    return leftBehind;
  }

  /** Returns the step's name where it did not end in time. */
  private async runStep(
    phase: string,
    step: { name: string; run: Step },
    limitMs: number,
  ): Promise<string | undefined> {
    const name = `${phase}: ${step.name}`;
    this.running.add(name);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limitMs);
    });
    const end = Promise.resolve(limitMs)
      .then(step.run)
      .finally(() => this.running.delete(name));
    try {
      if ((await Promise.race([end, limit])) !== 'late') return undefined;
      this.log.error(
        { phase, step: step.name, limitMs: Math.round(limitMs) },
        'a step of the shutdown did not end in time and was left behind',
      );
      end.catch(() => undefined);
      return name;
    } catch (error) {
      this.log.error({ err: error, phase, step: step.name }, 'a step of the shutdown failed');
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
