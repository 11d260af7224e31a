// How far behind a group is, in records and in seconds, for the partitions this process holds.
import { lagRecords, lagSeconds } from '../tracing/metrics.ts';

interface Fetched {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: { timestamp: string }[];
}

export class Lag {
  readonly #held = new Map<string, { topic: string; partition: number }>();

  constructor(readonly group: string) {}

  handled(batch: Fetched, lastOffset: string): void {
    const behind = Math.max(0, Number(batch.highWatermark) - 1 - Number(lastOffset));
    this.#set(batch, behind, behind === 0 ? 0 : ageOf(batch.messages.at(-1)));
  }

  /** While a batch is being handled, its first record grows older. */
  waiting(batch: Fetched): void {
    lagSeconds.set(this.#labels(batch), ageOf(batch.messages[0]));
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

  #set(place: { topic: string; partition: number }, records: number, seconds: number): void {
    this.#held.set(`${place.topic}/${place.partition}`, { topic: place.topic, partition: place.partition });
    lagRecords.set(this.#labels(place), records);
    lagSeconds.set(this.#labels(place), seconds);
  }

  #labels = ({ topic, partition }: { topic: string; partition: number }) => ({
    messaging_destination_name: topic,
    messaging_consumer_group_name: this.group,
    messaging_destination_partition_id: String(partition),
  });
}

const ageOf = (message?: { timestamp: string }): number => (message ? Math.max(0, (Date.now() - Number(message.timestamp)) / 1000) : 0);
