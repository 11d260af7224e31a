// The end offsets of a topic, requested from the broker. A partition whose batch is stuck is not fetched, so the end
// that its last fetch reported becomes outdated. Guarantees: the first request opens the connection; a request never
// throws.
import type { Admin } from '../kafka/client.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { briefRetry, connectKafka } from '../kafka/connect.ts';

export class EndOffsets {
  readonly #config: KafkaConfig;
  #admin: Promise<Admin> | undefined;
  #closed = false;

  constructor(config: KafkaConfig) {
    this.#config = config;
  }

  /** By partition; undefined where the broker does not answer. */
  of = async (topic: string): Promise<ReadonlyMap<number, number> | undefined> => {
    try {
      const admin = await (this.#admin ??= this.#connect());
      const ends = await admin.fetchTopicOffsets(topic);
      return new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
    } catch {
      return undefined;
    }
  };

  async close(): Promise<void> {
    this.#closed = true;
    const admin = await this.#admin?.catch(() => undefined);
    await admin?.disconnect().catch(() => undefined);
  }

  async #connect(): Promise<Admin> {
    try {
      if (this.#closed) throw new Error('closed');
      const admin = connectKafka(this.#config, briefRetry).admin();
      await admin.connect();
      return admin;
    } catch (error) {
      this.#admin = undefined;
      throw error;
    }
  }
}
