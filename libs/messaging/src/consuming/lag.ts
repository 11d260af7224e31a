// The lag of a consumer group in records and in seconds, for the partitions that are assigned to this process.
// Guarantee: the metrics are right while a batch is handled too, however long that takes: the age of the oldest record
// that is not handled grows, and records that arrive behind it are counted. Topics that are read on demand have no lag:
// what is not read is not waiting.
import { lagRecords, lagSeconds } from '../metrics.ts';

interface Fetched {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: { offset: string; timestamp: string }[];
}

interface PartitionLag {
  topic: string;
  partition: number;
  /** The first offset that is not handled. */
  next: number;
  /** The offset of the next record that is written, as far as it is known. */
  end: number;
  since: number;
}

type EndsOf = (topic: string) => Promise<ReadonlyMap<number, number> | undefined>;

/** While a batch takes longer than this, the broker is asked for the ends of its topic, again after the same time. */
const requestEveryMs = 5_000;

export class Lag {
  readonly #partitions = new Map<string, PartitionLag>();
  readonly #requestedAt = new Map<string, number>();
  readonly #endsOf: EndsOf | undefined;
  readonly #isOnDemand: (topic: string) => boolean;

  constructor(
    readonly group: string,
    endsOf?: EndsOf,
    isOnDemand: (topic: string) => boolean = () => false,
  ) {
    this.#endsOf = endsOf;
    this.#isOnDemand = isOnDemand;
  }

  /** Handling begins (again) with this batch's first record. */
  began(batch: Fetched, now = Date.now()): void {
    if (!this.#isOnDemand(batch.topic)) this.#begin(batch, now);
  }

  handled(batch: Fetched, lastOffset: string): void {
    if (this.#isOnDemand(batch.topic)) return;
    const held = this.#partitions.get(idOf(batch)) ?? this.#begin(batch, Date.now());
    held.next = Number(lastOffset) + 1;
    this.#report(held, batch, held.next < held.end ? batch.messages.at(-1) : undefined);
  }

  /** While a batch is being handled, its first record grows older and others come. */
  waiting(batch: Fetched, now = Date.now()): void {
    const held = this.#partitions.get(idOf(batch));
    // The partition was assigned to another member while the handler ran.
    if (!held) return;
    this.#report(
      held,
      batch,
      batch.messages.find(({ offset }) => Number(offset) >= held.next),
      now,
    );
    if (now - held.since >= requestEveryMs) this.#requestEnds(batch.topic, now);
  }

  /** Drops partitions that are not assigned any more: another process reports them. */
  keep(assignment: Record<string, number[]>): void {
    for (const [id, place] of this.#partitions) {
      if (assignment[place.topic]?.includes(place.partition)) continue;
      this.#partitions.delete(id);
      lagRecords.remove(this.#labels(place));
      lagSeconds.remove(this.#labels(place));
    }
  }

  clear(): void {
    this.keep({});
  }

  #begin(batch: Fetched, since: number): PartitionLag {
    const { topic, partition, messages, highWatermark } = batch;
    const held = {
      topic,
      partition,
      next: Number(messages[0]?.offset ?? highWatermark),
      end: Number(highWatermark),
      since,
    };
    this.#partitions.set(idOf(batch), held);
    return held;
  }

  #report(held: PartitionLag, batch: Fetched, oldest: { timestamp: string } | undefined, now = Date.now()): void {
    held.end = Math.max(held.end, Number(batch.highWatermark));
    lagRecords.set(this.#labels(held), Math.max(0, held.end - held.next));
    lagSeconds.set(this.#labels(held), oldest ? Math.max(0, (now - Number(oldest.timestamp)) / 1000) : 0);
  }

  #requestEnds(topic: string, now: number): void {
    if (!this.#endsOf || now - (this.#requestedAt.get(topic) ?? 0) < requestEveryMs) return;
    this.#requestedAt.set(topic, now);
    void this.#endsOf(topic).then((ends) => {
      for (const held of this.#partitions.values()) {
        if (held.topic === topic) held.end = Math.max(held.end, ends?.get(held.partition) ?? 0);
      }
    });
  }

  #labels = ({ topic, partition }: { topic: string; partition: number }) => ({
    'messaging.destination.name': topic,
    'messaging.consumer.group.name': this.group,
    'messaging.destination.partition.id': String(partition),
  });
}

const idOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;
