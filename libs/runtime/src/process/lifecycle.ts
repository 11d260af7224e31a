// The order in which a process ends. Promises: the phases run one after another, what is registered for the same phase
// runs side by side, no phase takes longer than ten seconds, and one failing step does not keep the others from
// running.
//   intake  stop taking work: HTTP, consumers
//   work    finish or hand back what is in flight
//   flush   publish what is durable here but not yet elsewhere
//   close   the application itself; after it the platform lets go of the connections that all of this may have used
import { createLogger, type Logger } from '@carillon/telemetry';

export const phases = ['intake', 'work', 'flush', 'close', 'release'] as const;
/** What a service may register for; `release` is the platform's. */
export type Phase = Exclude<(typeof phases)[number], 'release'>;

type Step = () => void | Promise<void>;

const PHASE_LIMIT_MS = 10_000;

export class Lifecycle {
  private readonly log: Logger = createLogger('lifecycle');
  private readonly steps: Record<(typeof phases)[number], { name: string; run: Step }[]> = {
    intake: [],
    work: [],
    flush: [],
    close: [],
    release: [],
  };
  private stopped: Promise<void> | undefined;

  constructor(private readonly phaseLimitMs = PHASE_LIMIT_MS) {}

  get stopping(): boolean {
    return this.stopped !== undefined;
  }

  onStop(phase: Phase, name: string, run: Step): void {
    this.steps[phase].push({ name, run });
  }

  /** Connections: the very last. */
  onRelease(name: string, run: Step): void {
    this.steps.release.push({ name, run });
  }

  /** May be called again; everybody gets the same end. */
  stop(): Promise<void> {
    return (this.stopped ??= this.runPhases());
  }

  private async runPhases(): Promise<void> {
    for (const phase of phases) {
      await Promise.all(this.steps[phase].map((step) => this.runStep(phase, step)));
    }
  }

  private async runStep(phase: string, step: { name: string; run: Step }): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.phaseLimitMs);
    });
    try {
      const result = await Promise.race([Promise.resolve().then(step.run), limit]);
      if (result === 'late')
        this.log.warn(
          { phase, step: step.name, limitMs: this.phaseLimitMs },
          'a step of the shutdown took too long and was left behind',
        );
    } catch (error) {
      this.log.error({ err: error, phase, step: step.name }, 'a step of the shutdown failed');
    } finally {
      clearTimeout(timer);
    }
  }
}
