// Pauses partitions whose records keep failing; the other partitions of the consumer go on.
// Guarantees: each is resumed after its own pause; after a rebalance all are resumed; while a partition is paused its
// lag is still reported, and grows.
import type { Batch, Consumer } from '../kafka/client.ts';
import { backoffMs } from '../backoff.ts';
import type { Lag } from './lag.ts';

const reportEveryMs = 1_000;

/**
 * After many tries the pauses are longer; at first they are short, so that a dependency's return is noticed in seconds.
 */
const pauseMs = (tries: number): number => backoffMs(tries, tries < 60 ? 5_000 : 30_000);

interface Pause {
  topic: string;
  partition: number;
  resume: NodeJS.Timeout;
  report: NodeJS.Timeout;
}

export class PausedPartitions {
  readonly #consumer: Pick<Consumer, 'pause' | 'resume'>;
  readonly #lag: Lag;
  readonly #pauses = new Map<string, Pause>();

  constructor(consumer: Pick<Consumer, 'pause' | 'resume'>, lag: Lag) {
    this.#consumer = consumer;
    this.#lag = lag;
  }

  get any(): boolean {
    return this.#pauses.size > 0;
  }

  /** `offset` is that of the first record of the batch that is not handled. */
  pause(
    { topic, partition, highWatermark, messages }: Pick<Batch, 'topic' | 'partition' | 'highWatermark' | 'messages'>,
    offset: string,
    tries: number,
  ): void {
    const id = `${topic}/${partition}`;
    this.#end(id);
    const first = messages.find((message) => message.offset === offset);
    // Without the records themselves: a pause must not keep a batch in memory.
    const waiting = {
      topic,
      partition,
      highWatermark,
      messages: first ? [{ offset, timestamp: first.timestamp }] : [],
    };
    this.#consumer.pause([{ topic, partitions: [partition] }]);
    this.#pauses.set(id, {
      topic,
      partition,
      resume: setTimeout(() => this.#end(id), pauseMs(tries)),
      report: setInterval(() => this.#lag.waiting(waiting), reportEveryMs),
    });
  }

  resumeAll(): void {
    for (const id of [...this.#pauses.keys()]) this.#end(id);
  }

  #end(id: string): void {
    const pause = this.#pauses.get(id);
    if (!pause) return;
    this.#pauses.delete(id);
    clearTimeout(pause.resume);
    clearInterval(pause.report);
    try {
      this.#consumer.resume([{ topic: pause.topic, partitions: [pause.partition] }]);
    } catch {
      // kafkajs throws while the consumer is not running; when it runs again, nothing is paused.
    }
  }
}
