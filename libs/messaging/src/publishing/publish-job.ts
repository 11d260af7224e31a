// One caller's publish while its records travel, perhaps in several requests and beside those of other callers.
// Promises: settles once, when the fate of all its records is known; the first failure is what the caller hears.
import { MessagingError } from '../errors.ts';
import type { WireRecord } from '../records/record.ts';
import type { Sized } from './send-plan.ts';

export interface Queued extends Sized {
  /** -1 until the topic's partitions are known. */
  partition: number;
  readonly record: WireRecord;
  readonly job: PublishJob;
  readonly since: number;
}

export class PublishJob {
  readonly settled: Promise<void>;
  /** The caller has gone: what was not sent need not be. */
  abandoned = false;
  #open: number;
  #failure: Error | undefined;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(records: number, signal?: AbortSignal) {
    this.#open = records;
    this.#signal = signal;
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', this.#abandon, { once: true });
  }

  acknowledged(): void {
    if (--this.#open === 0) this.#settle();
  }

  failed(error: Error): void {
    this.#failure ??= error;
    this.acknowledged();
  }

  readonly #abandon = (): void => {
    this.abandoned = true;
    this.#reject(
      new MessagingError('publish_aborted', 'publishing was given up by its caller', 'later', this.#signal?.reason),
    );
  };

  #settle(): void {
    this.#signal?.removeEventListener('abort', this.#abandon);
    if (this.#failure) this.#reject(this.#failure);
    else this.#resolve();
  }
}
