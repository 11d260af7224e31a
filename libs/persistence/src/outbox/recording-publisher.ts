// For this folder's specs: a publisher that keeps what it was given, and fails or waits when told to.
import type { RawRecord } from '@carillon/messaging';

export class RecordingPublisher {
  readonly published: string[] = [];
  /** Called with each batch before it counts as published. */
  before: (values: string[]) => Promise<void> | void = () => undefined;
  private readonly waiting: { count: number; resolve: () => void }[] = [];

  async publishRecords(records: RawRecord[]): Promise<void> {
    const values = records.map(({ value }) => String(value));
    await this.before(values);
    this.published.push(...values);
    for (const waiter of this.waiting) if (this.published.length >= waiter.count) waiter.resolve();
  }

  /** Resolves once that many records were published. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.published.length >= count) resolve();
      else this.waiting.push({ count, resolve });
    });
  }
}
