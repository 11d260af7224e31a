// The partitions that are read on demand (`readFrom()` of their handler): which are read now, and from where.
// Guarantees: a partition is fetched only from an offset that the handler returned; after each chunk the handler is
// asked again, and the reading goes on, moves or ends; a partition that is not read is asked for twice a second; an
// answer that arrives after a rebalance has no effect; after `stop()` the handler is not asked any more, even if the
// group is joined while it is left. While the handler can't answer, nothing is read.
// It keeps no progress: the handler does.
import { createLogger } from '@carillon/telemetry';
import type { Consumer } from '../kafka/client.ts';
import type { Handles } from './batch.ts';

const askEveryMs = 500;
const log = createLogger('consumer');

export class OnDemandPartitions {
  readonly #consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>;
  readonly #handlers = new Map<string, Handles>();
  /** The assigned partitions of a topic that are not read now. */
  readonly #idle = new Map<string, Set<number>>();
  /** By `topic/partition`: the offset that is read next; what was fetched from elsewhere is not handled. */
  readonly #positions = new Map<string, number>();
  #generation = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>, handlers: Iterable<readonly [string, Handles]>) {
    this.#consumer = consumer;
    for (const [topic, handler] of handlers) if (handler.readFrom) this.#handlers.set(topic, handler);
  }

  has(topic: string): boolean {
    return this.#handlers.has(topic);
  }

  /** Undefined: the partition is not read, and a batch of it was fetched before that was known. */
  position(topic: string, partition: number): number | undefined {
    return this.#positions.get(`${topic}/${partition}`);
  }

  /** Stops the reading of every partition and asks where to begin; called before anything is fetched. */
  assign(assignment: Record<string, number[]>): void {
    const generation = ++this.#generation;
    this.#idle.clear();
    this.#positions.clear();
    for (const topic of this.#handlers.keys()) {
      const partitions = assignment[topic] ?? [];
      if (partitions.length === 0) continue;
      this.#idle.set(topic, new Set(partitions));
      this.#consumer.pause([{ topic, partitions }]);
    }
    clearTimeout(this.#timer);
    if (this.#handlers.size > 0 && !this.#stopped) void this.#ask(generation);
  }

  /** `following` is the first offset that is not handled. Returns whether the next record is the one at this offset. */
  async goOn(topic: string, partition: number, following: number): Promise<boolean> {
    const generation = this.#generation;
    let next: number | undefined;
    try {
      next = (await this.#handlers.get(topic)!.readFrom!(topic, [partition])).get(partition);
    } catch (error) {
      log.warn({ err: error, topic, partition }, 'where to read on is unknown; it is asked for again');
    }
    if (generation !== this.#generation) return false;
    const place = `${topic}/${partition}`;
    if (next !== undefined) this.#positions.set(place, next);
    if (next === following) return true;
    if (next === undefined) {
      this.#positions.delete(place);
      this.#consumer.pause([{ topic, partitions: [partition] }]);
      this.#idle.get(topic)?.add(partition);
    } else this.#consumer.seek({ topic, partition, offset: next.toString() });
    return false;
  }

  stop(): void {
    this.#stopped = true;
    this.#generation++;
    clearTimeout(this.#timer);
  }

  async #ask(generation: number): Promise<void> {
    for (const [topic, idle] of this.#idle) {
      if (idle.size === 0) continue;
      try {
        const offsets = await this.#handlers.get(topic)!.readFrom!(topic, [...idle]);
        if (generation !== this.#generation) return;
        for (const [partition, offset] of offsets) this.#begin(topic, partition, offset);
      } catch (error) {
        log.warn({ err: error, topic }, 'where to read is unknown; it is asked for again');
      }
    }
    if (generation === this.#generation) this.#timer = setTimeout(() => void this.#ask(generation), askEveryMs);
  }

  #begin(topic: string, partition: number, offset: number): void {
    if (!this.#idle.get(topic)?.delete(partition)) return;
    this.#positions.set(`${topic}/${partition}`, offset);
    this.#consumer.seek({ topic, partition, offset: offset.toString() });
    this.#consumer.resume([{ topic, partitions: [partition] }]);
  }
}
