// Where the partitions of an assignment are read from: at the group's committed offset; without one, at the beginning
// or at the end of the partition, as the subscription says. Guarantee: a position that is already known is not changed.
import type { Assignment } from './assignment.ts';
import { translated } from './broker-error.ts';
import type { LibraryConsumer } from './library.ts';

const earliest = -2n;
const latest = -1n;

export class StartPositions {
  readonly #consumer: LibraryConsumer;
  readonly #assignment: Assignment;
  readonly #fromBeginning: ReadonlyMap<string, boolean>;

  constructor(consumer: LibraryConsumer, assignment: Assignment, fromBeginning: ReadonlyMap<string, boolean>) {
    this.#consumer = consumer;
    this.#assignment = assignment;
    this.#fromBeginning = fromBeginning;
  }

  /** Sets the position of every assigned partition that has none. */
  async find(epoch: number): Promise<void> {
    const topics = new Map<string, number[]>();
    for (const { topic, partition, position } of this.#assignment.partitions)
      if (position === undefined) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    if (topics.size === 0) return;
    const committed = await translated(
      this.#consumer.listCommittedOffsets({
        topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    );
    for (const [topic, partitions] of topics) {
      for (const partition of partitions) {
        const offset = committed.get(topic)?.[partition] ?? -1n;
        const position = offset >= 0n ? Number(offset) : await this.startOf(topic, partition);
        const assigned = this.#assignment.get(topic, partition);
        if (!this.#assignment.isStale(epoch) && assigned && assigned.position === undefined)
          assigned.position = position;
      }
    }
  }

  /** Where a partition without a usable offset is read from. */
  async startOf(topic: string, partition: number): Promise<number> {
    const timestamp = this.#fromBeginning.get(topic) ? earliest : latest;
    const offsets = await translated(
      this.#consumer.listOffsets({ topics: [topic], partitions: { [topic]: [partition] }, timestamp }),
    );
    return Number(offsets.get(topic)?.[partition] ?? 0n);
  }
}
