// The partition counts of topics, requested once and again every five minutes. With them the partition of a record is
// chosen, and the bytes for each partition are counted, before the client receives the record.
import type { Admin } from '../kafka/client.ts';

export class PartitionCounts {
  readonly #counts = new Map<string, { count: number; askedAt: number }>();

  constructor(
    readonly admin: Pick<Admin, 'fetchTopicMetadata'>,
    readonly maxAgeMs = 300_000,
  ) {}

  /** Undefined: the broker does not know the topic yet. */
  known(topic: string): number | undefined {
    return this.#counts.get(topic)?.count;
  }

  /** Requests counts that are unknown or old. A known count is kept while the broker does not answer. */
  async refresh(topics: Iterable<string>): Promise<void> {
    const now = Date.now();
    const asked = [...topics].filter((topic) => !(now - (this.#counts.get(topic)?.askedAt ?? 0) < this.maxAgeMs));
    await Promise.all(asked.map((topic) => this.#ask(topic, now)));
  }

  forget(topic: string): void {
    this.#counts.delete(topic);
  }

  async #ask(topic: string, now: number): Promise<void> {
    try {
      const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
      const count = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (count > 0) this.#counts.set(topic, { count, askedAt: now });
    } catch (error) {
      if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION' || this.known(topic) !== undefined) return;
      throw error;
    }
  }
}

/** Kafka's name of an error, however deep kafkajs has wrapped it. */
export function errorType(error: unknown): string | undefined {
  for (let e = error; typeof e === 'object' && e !== null; e = (e as { cause?: unknown }).cause) {
    const { type } = e as { type?: unknown };
    if (typeof type === 'string') return type;
    const { originalError } = e as { originalError?: unknown };
    if (originalError) {
      const inner = errorType(originalError);
      if (inner) return inner;
    }
  }
  return undefined;
}
