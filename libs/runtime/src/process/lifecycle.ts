// The shutdown of a process. Guarantees: the phases run one after another; the steps of a phase run concurrently; no
// phase takes longer than ten seconds; a step that fails does not prevent the others.
//   intake  stop accepting work: HTTP, consumers
//   work    finish or release the work in progress
//   flush   publish records that are stored here and not yet on Kafka
//   close   close the application; afterwards the platform closes its connections
import { createLogger, type Logger } from '@carillon/telemetry';

export const phases = ['intake', 'work', 'flush', 'close', 'release'] as const;
/** The phases of services; `release` is the platform's own. */
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

  /** Closes connections, as the last phase. */
  onRelease(name: string, run: Step): void {
    this.steps.release.push({ name, run });
  }

  /** May be called several times; all calls get the same promise. */
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
