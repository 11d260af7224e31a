// How far behind a group is, in records and in seconds, for the partitions this process holds. Promise: it tells the
// truth while a batch is being handled too, however long that takes: the oldest record that is not handled grows older,
// and what arrives behind it counts.
import { lagRecords, lagSeconds } from '../metrics.ts';

interface Fetched {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: { offset: string; timestamp: string }[];
}

interface Held {
  topic: string;
  partition: number;
  /** The first offset that is not handled. */
  next: number;
  /** The offset that the next record written will get, as far as we know. */
  end: number;
  since: number;
}

type EndsOf = (topic: string) => Promise<ReadonlyMap<number, number> | undefined>;

/** A batch that takes longer than this has its topic's ends asked of the broker, and again each time as much passed. */
const askEveryMs = 5_000;

export class Lag {
  readonly #held = new Map<string, Held>();
  readonly #asked = new Map<string, number>();
  readonly #endsOf: EndsOf | undefined;

  constructor(
    readonly group: string,
    endsOf?: EndsOf,
  ) {
    this.#endsOf = endsOf;
  }

  /** Handling begins (again) with this batch's first record. */
  began(batch: Fetched, now = Date.now()): void {
    this.#begin(batch, now);
  }

  handled(batch: Fetched, lastOffset: string): void {
    const held = this.#held.get(idOf(batch)) ?? this.#begin(batch, Date.now());
    held.next = Number(lastOffset) + 1;
    this.#tell(held, batch, held.next < held.end ? batch.messages.at(-1) : undefined);
  }

  /** While a batch is being handled, its first record grows older and others come. */
  waiting(batch: Fetched, now = Date.now()): void {
    const held = this.#held.get(idOf(batch));
    // The partition has moved away under the handler.
    if (!held) return;
    this.#tell(
      held,
      batch,
      batch.messages.find(({ offset }) => Number(offset) >= held.next),
      now,
    );
    if (now - held.since >= askEveryMs) this.#ask(batch.topic, now);
  }

  /** Forgets partitions that moved away: another process reports those. */
  keep(assignment: Record<string, number[]>): void {
    for (const [id, place] of this.#held) {
      if (assignment[place.topic]?.includes(place.partition)) continue;
      this.#held.delete(id);
      lagRecords.remove(this.#labels(place));
      lagSeconds.remove(this.#labels(place));
    }
  }

  clear(): void {
    this.keep({});
  }

  #begin(batch: Fetched, since: number): Held {
    const { topic, partition, messages, highWatermark } = batch;
    const held = {
      topic,
      partition,
      next: Number(messages[0]?.offset ?? highWatermark),
      end: Number(highWatermark),
      since,
    };
    this.#held.set(idOf(batch), held);
    return held;
  }

  #tell(held: Held, batch: Fetched, oldest: { timestamp: string } | undefined, now = Date.now()): void {
    held.end = Math.max(held.end, Number(batch.highWatermark));
    lagRecords.set(this.#labels(held), Math.max(0, held.end - held.next));
    lagSeconds.set(this.#labels(held), oldest ? Math.max(0, (now - Number(oldest.timestamp)) / 1000) : 0);
  }

  #ask(topic: string, now: number): void {
    if (!this.#endsOf || now - (this.#asked.get(topic) ?? 0) < askEveryMs) return;
    this.#asked.set(topic, now);
    void this.#endsOf(topic).then((ends) => {
      for (const held of this.#held.values()) {
        if (held.topic === topic) held.end = Math.max(held.end, ends?.get(held.partition) ?? 0);
      }
    });
  }

  #labels = ({ topic, partition }: { topic: string; partition: number }) => ({
    messaging_destination_name: topic,
    messaging_consumer_group_name: this.group,
    messaging_destination_partition_id: String(partition),
  });
}

const idOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;
