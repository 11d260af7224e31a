// One publish of one caller, whose records may be sent in several requests and together with records of other callers.
// Guarantees: it settles once, when every record is acknowledged or failed; it rejects with the first failure.
import { MessagingError } from '../errors.ts';
import type { WireRecord } from '../records/record.ts';
import type { Sized } from './send-plan.ts';

export interface Queued extends Sized {
  /** -1 until the partition count of the topic is known. */
  partition: number;
  readonly record: WireRecord;
  readonly job: PublishJob;
  readonly since: number;
}

export class PublishJob {
  readonly settled: Promise<void>;
  /** The caller does not wait any more: records that were not sent are dropped. */
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
      new MessagingError('publish_aborted', 'the caller aborted the publish', 'later', this.#signal?.reason),
    );
  };

  #settle(): void {
    this.#signal?.removeEventListener('abort', this.#abandon);
    if (this.#failure) this.#reject(this.#failure);
    else this.#resolve();
  }
}
