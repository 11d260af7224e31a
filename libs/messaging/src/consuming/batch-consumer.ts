// A member of one consumer group: reads the topics of its subscriptions in batches and passes them to the handlers.
// Guarantees: an offset is committed only after `handle()` and `rejected()` have returned and the dead letters are
// acknowledged; invalid records never stop a partition; records that keep failing pause only their own partition, and
// none is skipped; nothing is committed for a partition that may belong to another member; a consumer that can't go on
// is reported once, through `onDead`; `stop()` leaves the group.
import type { Topic } from '@carillon/domain';
import { createLogger, type Logger } from '@carillon/telemetry';
import type { Consumer, EachBatchPayload } from '../kafka/client.ts';
import { MessagingError } from '../errors.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import type { Publisher } from '../publishing/publisher.ts';
import { consumed, processDuration } from '../metrics.ts';
import { backoffMs, wait } from '../backoff.ts';
import type { Handles } from './batch.ts';
import { BatchWork } from './batch-work.ts';
import { decoderOf } from '../events/decode.ts';
import { EndOffsets } from './end-offsets.ts';
import { handleChunk, type Reader } from './handle-chunk.ts';
import { Lag } from './lag.ts';
import { OnDemandPartitions } from './on-demand-partitions.ts';
import { PausedPartitions } from './paused-partitions.ts';
import { StalledPartitions } from './stalled-partitions.ts';

export interface Subscription<T extends Topic = Topic> {
  topic: T;
  handler: Handles<T>;
  /** Where a group without a committed offset begins; default: at the end of the topic. */
  fromBeginning?: boolean;
}

export interface BatchConsumerOptions {
  group: string;
  subscriptions: Subscription[];
  /** For dead letters. */
  publisher: Pick<Publisher, 'publishRecords'>;
  /** The consumer can't go on; the process should end, so that it is started again. */
  onDead: (error: Error) => void;
  /** Records of one `handle()`. Default 2,000. */
  maxRecords?: number;
  /** Partitions handled at the same time. Default 4. */
  concurrency?: number;
}

const rebalancingTypes = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

export class BatchConsumer {
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly #options: BatchConsumerOptions;
  readonly #consumer: Consumer;
  readonly #readers = new Map<string, Reader>();
  readonly #log: Logger = createLogger('consumer');
  readonly #stopping = new AbortController();
  readonly #lag: Lag;
  readonly #ends: EndOffsets;
  readonly #stalled: StalledPartitions;
  readonly #paused: PausedPartitions;
  readonly #onDemand: OnDemandPartitions;
  #generation = 0;
  #assignment: Record<string, number[]> | undefined;
  #busy = 0;
  #lastBatchAt = 0;
  #idleFetches = 0;
  #dead = false;
  #started: Promise<void> | undefined;

  constructor(config: KafkaConfig, options: BatchConsumerOptions) {
    this.group = options.group;
    this.topics = options.subscriptions.map(({ topic }) => topic);
    this.#options = options;
    this.#ends = new EndOffsets(config);
    this.#lag = new Lag(options.group, this.#ends.of, (topic) => this.#onDemand.has(topic));
    this.#stalled = new StalledPartitions(options.group);
    const sessionTimeout = config.sessionTimeoutMs ?? 30_000;
    this.#consumer = connectKafka(config, unlimitedRetry).consumer({
      groupId: options.group,
      sessionTimeout,
      rebalanceTimeout: Math.max(60_000, sessionTimeout),
      heartbeatInterval: Math.min(2_000, Math.floor(sessionTimeout / 4)),
      maxWaitTimeInMs: config.maxWaitMs ?? 250,
    });
    this.#paused = new PausedPartitions(this.#consumer, this.#lag);
    this.#onDemand = new OnDemandPartitions(
      this.#consumer,
      options.subscriptions.map(({ topic, handler }) => [topic.name, handler] as const),
    );
    for (const { topic, handler } of options.subscriptions) {
      this.#readers.set(topic.name, { topic, handler, decode: decoderOf(topic), group: options.group });
    }
    this.#watch();
  }

  /** Resolves when the group was joined for the first time; while Kafka does not answer, it waits. */
  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    await this.#untilReachable(() => this.#consumer.connect());
    for (const fromBeginning of [true, false]) {
      const topics = this.#options.subscriptions
        .filter((s) => (s.fromBeginning ?? false) === fromBeginning)
        .map(({ topic }) => topic.name);
      if (topics.length > 0) await this.#untilReachable(() => this.#consumer.subscribe({ topics, fromBeginning }));
    }
    if (this.#stopping.signal.aborted) return;
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.concurrency ?? 4,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  /** The group is joined, and no stall has lasted for 30 s without a success. */
  ready(): boolean {
    return this.readiness() === true;
  }

  /** True, or what is wrong in a sentence. */
  readiness(): true | string {
    if (this.#dead) return `the consumer of ${this.group} is dead`;
    if (this.#assignment === undefined) return `${this.group} has not been joined yet`;
    return this.#stalled.problem() ?? true;
  }

  /** The partitions that are assigned to this process now. */
  assigned(topic: string): readonly number[] {
    return this.#assignment?.[topic] ?? [];
  }

  /** Nothing came for `ms` although it fetches: what is left before the end of a partition is not a record. */
  idleFor(ms: number): boolean {
    return (
      this.#assignment !== undefined &&
      !this.#dead &&
      this.#busy === 0 &&
      !this.#stalled.any &&
      this.#idleFetches >= 3 &&
      Date.now() - this.#lastBatchAt >= ms
    );
  }

  /** Aborts the signal of running handlers, commits what they have handled, and leaves the group. */
  async stop(graceMs = 9_000): Promise<void> {
    this.#stopping.abort(new Error('shutting down'));
    this.#paused.resumeAll();
    this.#onDemand.stop();
    const grace = new AbortController();
    await Promise.race([this.#leave(), wait(graceMs, grace.signal)]);
    grace.abort();
    void this.#ends.close();
    this.#stalled.keep({});
    this.#lag.clear();
  }

  /** Waits for the start to end, because kafkajs continues to start after it was stopped. */
  async #leave(): Promise<void> {
    try {
      await this.#started?.catch(() => undefined);
      await this.#consumer.disconnect();
    } catch (error) {
      this.#log.warn({ err: error, group: this.group }, 'could not leave the group');
    }
  }

  #watch(): void {
    const { GROUP_JOIN, REBALANCING, CRASH, FETCH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#generation++;
      this.#assignment = payload.memberAssignment;
      this.#lastBatchAt = Date.now();
      this.#idleFetches = 0;
      this.#lag.keep(payload.memberAssignment);
      this.#stalled.keep(payload.memberAssignment);
      this.#paused.resumeAll();
      this.#onDemand.assign(payload.memberAssignment);
      this.#log.info({ group: this.group, assignment: payload.memberAssignment }, 'joined the group');
    });
    this.#consumer.on(REBALANCING, () => {
      this.#generation++;
    });
    this.#consumer.on(FETCH, () => {
      if (this.#busy === 0) this.#idleFetches++;
    });
    this.#consumer.on(CRASH, ({ payload: { error, restart } }) => {
      this.#generation++;
      if (restart || this.#dead || this.#stopping.signal.aborted) return;
      this.#dead = true;
      this.#options.onDead(error);
    });
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const reader = this.#readers.get(batch.topic)!;
    const generation = this.#generation;
    const work = new BatchWork(payload, this.#stopping.signal, this.#lag, this.#stalled);
    this.#busy++;
    try {
      const records = batch.messages;
      for (let from = 0; from < records.length; ) {
        const most = reader.handler.maxRecords ?? this.#options.maxRecords ?? 2_000;
        const step = this.#stalled.limit(batch.topic, batch.partition, most);
        const stopClock = processDuration.startTimer(labelsOf(batch.topic, this.group));
        const chunk = records.slice(from, from + step);
        const last = from + step >= records.length;
        from += chunk.length;
        const onDemand = this.#onDemand.has(batch.topic);
        const readFrom = this.#onDemand.position(batch.topic, batch.partition);
        if (onDemand && (readFrom === undefined || payload.isStale())) return;
        const result = await handleChunk(reader, chunk, work, this.#options.publisher, batch.partition, readFrom);
        if (result === 'stalled')
          this.#paused.pause(batch, chunk[0]!.offset, this.#stalled.tries(batch.topic, batch.partition));
        if (result !== 'done' || generation !== this.#generation || payload.isStale()) return;
        if (!payload.isRunning() && !this.#stopping.signal.aborted) return;
        const offset = last ? batch.lastOffset() : chunk.at(-1)!.offset;
        if (!onDemand) await this.#commit(payload, offset);
        payload.resolveOffset(offset);
        consumed.inc(labelsOf(batch.topic, this.group), chunk.length);
        this.#lag.handled(batch, offset);
        stopClock();
        if (this.#stopping.signal.aborted) return;
        if (onDemand && !(await this.#onDemand.goOn(batch.topic, batch.partition, Number(offset) + 1))) return;
      }
      await payload.heartbeat();
    } finally {
      work.end();
      this.#busy--;
      this.#lastBatchAt = Date.now();
      this.#idleFetches = 0;
    }
  }

  /** The batch is resolved after the commit: where the commit fails, the batch is read and handled again. */
  async #commit(payload: EachBatchPayload, offset: string): Promise<void> {
    const { topic, partition } = payload.batch;
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: (BigInt(offset) + 1n).toString() }] }] };
    for (let attempt = 0; ; attempt++) {
      try {
        return await payload.commitOffsetsIfNecessary(offsets);
      } catch (error) {
        const { type } = error as { type?: string };
        if (attempt >= 5 || (type !== undefined && rebalancingTypes.has(type)) || this.#stopping.signal.aborted)
          throw error;
        await wait(backoffMs(attempt, 1_000), this.#stopping.signal);
      }
    }
  }

  async #untilReachable(action: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt >= 60)
          throw new MessagingError('broker_unavailable', `the group ${this.group} could not start`, 'later', error);
        this.#log.warn({ err: error, group: this.group, attempt }, 'the group could not start, trying again');
        await wait(backoffMs(attempt, 2_000), this.#stopping.signal);
      }
    }
  }
}

const labelsOf = (topic: string, group: string) => ({
  'messaging.destination.name': topic,
  'messaging.consumer.group.name': group,
});
