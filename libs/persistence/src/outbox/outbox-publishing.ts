// The work of the outbox's leader: read records, publish them, delete them. Guarantees: the records of a topic are
// published in the order of their ids, each at least once, and are deleted only after the broker has acknowledged them;
// a topic whose records Kafka refuses for now, or accepts slowly, does not delay other topics; a record is set aside
// only where Kafka can never accept it (its size, its shape).
//
// A topic that fails or is slow is read separately, from a position of its own, until none of its records wait; then it
// is read together with the others again. A position moves only past ids whose rows are all visible
// (visibility-horizon.ts).
import { checkpoint, type Logger } from '@carillon/telemetry';
import type { Publisher } from '@carillon/messaging';
import type { OutboxMetrics } from './outbox-metrics.ts';
import { countSetAside, deleteRows, fetchBatch, setAsideRow, type OutboxRow } from './outbox-rows.ts';
import type { Session } from './session.ts';
import { VisibilityHorizon } from './visibility-horizon.ts';

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 5_000;

export interface PublishingOptions {
  session: Session;
  publisher: Pick<Publisher, 'publishRecords'>;
  metrics: OutboxMetrics;
  log: Logger;
  /** A topic that takes longer than this is read separately. */
  slowTopicMs: number;
  /** Called when pass() has work to do. */
  wake: () => void;
}

/** A topic that is read separately. */
interface Backlog {
  /** No record of the topic waits up to this id. */
  after: number;
  failures: number;
  retryAt: number;
  running: boolean;
  /** No record waited when the topic was last read. */
  empty: boolean;
}

type Sent = 'sent' | { failed: unknown };

export class OutboxPublishing {
  /** No record of the topics that are read together waits up to this id. */
  private after = 0;
  private readonly horizon: VisibilityHorizon;
  private readonly apart = new Map<string, Backlog>();
  private failure: { error: unknown } | undefined;
  private setAsideRows = { rows: 0, oldestAgeSeconds: 0 };

  constructor(private readonly options: PublishingOptions) {
    this.horizon = new VisibilityHorizon(options.session);
  }

  /** Whether a batch is being published. */
  get busy(): boolean {
    return [...this.apart.values()].some((backlog) => backlog.running);
  }

  /** Ms until pass() has work to do without being woken. */
  get nextRetryMs(): number {
    const waiting = [...this.apart.values()].filter((backlog) => !backlog.running);
    return Math.max(0, Math.min(Infinity, ...waiting.map((backlog) => backlog.retryAt)) - performance.now());
  }

  async recountSetAside(): Promise<void> {
    this.setAsideRows = await countSetAside(this.options.session);
    this.options.metrics.setAsideInAll(this.setAsideRows);
  }

  /** The connection is not usable: pass() throws. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.options.wake();
  }

  /**
   * Publishes one batch of all topics that are read together. Returns its number of rows; throws when the database
   * fails.
   */
  async pass(): Promise<number> {
    if (this.failure) throw this.failure.error;
    const { session, metrics } = this.options;
    this.readInCommonAgain();
    await this.horizon.advance();
    for (const [topic, backlog] of this.apart)
      if (!backlog.running && performance.now() >= backlog.retryAt) void this.catchUp(topic, backlog);
    const { settled } = this.horizon;
    const batch = await fetchBatch(session, { after: this.after, without: [...this.apart.keys()] });
    this.after = positionAfter(this.after, settled, batch);
    metrics.oldest('', batch[0]?.ageSeconds);
    if (batch.length > 0) await this.publish(batch);
    return batch.length;
  }

  private async publish(batch: OutboxRow[]): Promise<void> {
    const topics = Map.groupBy(batch, (row) => row.record.topic);
    const ended = new Map<string, Sent>();
    const sending = new Map(
      [...topics].map(([topic, rows]) => [topic, this.send(rows).then((result) => (ended.set(topic, result), result))]),
    );
    await withinMs(this.options.slowTopicMs, Promise.all(sending.values()));
    // As of now: what ends during the deletion is not in it.
    const sent = new Set([...topics.keys()].filter((topic) => ended.get(topic) === 'sent'));
    await this.deletePublished(batch.filter((row) => sent.has(row.record.topic)));
    for (const [topic, rows] of topics) {
      if (sent.has(topic)) continue;
      const backlog: Backlog = { after: this.after, failures: 0, retryAt: 0, running: false, empty: false };
      this.apart.set(topic, backlog);
      void this.catchUp(topic, backlog, { rows, result: sending.get(topic)! });
    }
    this.options.metrics.blocked(this.apart.size);
  }

  /** Publishes the waiting records of one topic. Never rejects. */
  private async catchUp(
    topic: string,
    backlog: Backlog,
    begun?: { rows: OutboxRow[]; result: Promise<Sent> },
  ): Promise<void> {
    backlog.running = true;
    try {
      if (begun) await this.complete(topic, begun.rows, await begun.result);
      while (!this.failure) {
        await this.horizon.advance();
        const { settled } = this.horizon;
        const rows = await fetchBatch(this.options.session, { after: backlog.after, topic });
        backlog.after = positionAfter(backlog.after, settled, rows);
        backlog.empty = rows.length === 0;
        this.options.metrics.oldest(topic, rows[0]?.ageSeconds);
        if (backlog.empty) break;
        await this.complete(topic, rows, await this.send(rows));
        backlog.failures = 0;
      }
    } catch (error) {
      if (error instanceof NotTakenNow) this.retryLater(topic, backlog, error);
      else this.fail(error);
    } finally {
      backlog.running = false;
      this.options.wake();
    }
  }

  /**
   * Deletes the rows if they were sent. Else publishes them one by one and sets aside the record that Kafka can never
   * accept. Throws NotTakenNow.
   */
  private async complete(topic: string, rows: OutboxRow[], result: Sent): Promise<void> {
    if (result === 'sent') return this.deletePublished(rows);
    if (!canNeverGo(result.failed)) throw new NotTakenNow(result.failed);
    for (const row of rows) {
      const alone = rows.length === 1 ? result : await this.send([row]);
      if (alone === 'sent') await this.deletePublished([row]);
      else if (canNeverGo(alone.failed)) await this.setAside(topic, row, alone.failed as Error);
      else throw new NotTakenNow(alone.failed);
    }
  }

  private async send(rows: OutboxRow[]): Promise<Sent> {
    try {
      await this.options.publisher.publishRecords(rows.map((row) => row.record));
      return 'sent';
    } catch (failed) {
      return { failed };
    }
  }

  private async deletePublished(rows: OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    checkpoint('outbox.published');
    await deleteRows(this.options.session, rows);
    this.options.metrics.published(rows.length);
  }

  private async setAside(topic: string, row: OutboxRow, error: Error): Promise<void> {
    const { session, metrics, log } = this.options;
    await setAsideRow(session, row.id, error.message);
    metrics.setAside(topic);
    this.setAsideRows = {
      rows: this.setAsideRows.rows + 1,
      oldestAgeSeconds: Math.max(this.setAsideRows.oldestAgeSeconds, row.ageSeconds),
    };
    metrics.setAsideInAll(this.setAsideRows);
    log.error(
      { err: error, topic, outboxId: row.id },
      'Kafka can never take this record as it is; it is set aside (npx carillon outbox list)',
    );
  }

  private retryLater(topic: string, backlog: Backlog, { cause }: NotTakenNow): void {
    const retryInMs = Math.min(FIRST_BACKOFF_MS * 2 ** backlog.failures, LONGEST_BACKOFF_MS);
    backlog.failures++;
    backlog.retryAt = performance.now() + retryInMs;
    // One line for a broker that is away a moment, then a louder one for a topic that stays closed.
    const level = backlog.failures === 10 ? 'error' : 'warn';
    this.options.log[level](
      { err: cause, topic, retryInMs, failures: backlog.failures },
      'Kafka does not take the records of a topic now; only this topic waits',
    );
  }

  private readInCommonAgain(): void {
    for (const [topic, backlog] of this.apart) {
      if (backlog.running || !backlog.empty) continue;
      this.apart.delete(topic);
      this.options.metrics.oldest(topic, undefined);
      this.after = Math.min(this.after, backlog.after);
    }
    this.options.metrics.blocked(this.apart.size);
  }
}

class NotTakenNow extends Error {
  constructor(override readonly cause: unknown) {
    super('not taken now');
  }
}

/** By what the publisher says: `never` is for the size and the shape of a record, everything else passes. */
function canNeverGo(error: unknown): boolean {
  return (error as { retry?: unknown } | null)?.retry === 'never';
}

/** `settled` as it was before the rows were read: whatever lies up to it and is not among them is gone. */
function positionAfter(before: number, settled: number, rows: readonly OutboxRow[]): number {
  const [first] = rows;
  return Math.max(before, first ? Math.min(settled, first.id - 1) : settled);
}

async function withinMs(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
