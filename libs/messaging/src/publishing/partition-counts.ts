// How many partitions each topic has, asked once and again every five minutes, so that a key's partition can be chosen
// (and its bytes counted) before kafkajs sees the record.
import type { Admin } from '../kafka/client.ts';

/** Undefined: the broker doesn't know the topic (yet). */
export class PartitionCounts {
  readonly #counts = new Map<string, { count: number; askedAt: number }>();

  constructor(
    readonly admin: Pick<Admin, 'fetchTopicMetadata'>,
    readonly maxAgeMs = 300_000,
  ) {}

  known(topic: string): number | undefined {
    return this.#counts.get(topic)?.count;
  }

  /** Asks for what is unknown or old. A count once known is kept while the broker is away. */
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

/** Kafka's own name of an error, however deep kafkajs has wrapped it. */
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
