// Publishes records; all records that the platform writes to Kafka go through this class. Guarantees: a publish
// resolves only when all in-sync replicas have its records (acks -1); one request is in flight at a time, and records
// that are published meanwhile share the next one, so the order within a partition is kept and small publishes are
// cheap; while the broker does not answer it keeps trying; a record that Kafka refuses fails only its caller. Records
// may be repeated but are never lost: no idempotent producer is used, because that of kafkajs can drop a record after
// an ambiguous answer.
import { isDeadLetterName, type PayloadOf, type Topic } from '@carillon/domain';
import { createLogger, type Logger } from '@carillon/telemetry';
import type { Admin, Producer } from '../kafka/client.ts';
import { backoffMs, wait } from '../backoff.ts';
import { MessagingError, RecordTooLarge } from '../errors.ts';
import { check, type EncodeOptions } from '../events/encode.ts';
import type { Outgoing, WireRecord } from '../records/record.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { briefRetry, connectKafka } from '../kafka/connect.ts';
import { publishRefused, published, sendDuration } from '../metrics.ts';
import { encodeTraced, sendSpans } from './send-spans.ts';
import { PartitionCounts } from './partition-counts.ts';
import { PublishJob, type Queued } from './publish-job.ts';
import { partitionOf } from './partition-of.ts';
import { messagesByTopic } from './placed-messages.ts';
import { deadLetterAllowance, largestRecordBytes } from './record-limits.ts';
import { refusalOf } from './refusal.ts';
import { bytesOf, defaultLimits, planSend, type Limits } from './send-plan.ts';

export interface PublishOptions extends EncodeOptions {
  /** Aborting it ends the wait; records that were sent already may still arrive. */
  signal?: AbortSignal;
}

export interface PublisherOptions {
  limits?: Partial<Limits>;
  /** The largest single record in bytes; below the broker's message.max.bytes. */
  maxRecordBytes?: number;
  /** How long a topic may be unknown to the broker before its records fail. Default 15,000. */
  unknownTopicMs?: number;
}

export class Publisher {
  readonly #producer: Producer;
  readonly #admin: Admin;
  readonly #counts: PartitionCounts;
  readonly #limits: Limits;
  readonly #maxRecordBytes: number;
  readonly #unknownTopicMs: number;
  readonly #log: Logger = createLogger('publisher');
  readonly #closing = new AbortController();
  #waiting: Queued[] = [];
  #connected: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #rotation = 0;

  constructor(config: KafkaConfig, options: PublisherOptions = {}) {
    const kafka = connectKafka(config, briefRetry);
    this.#producer = kafka.producer();
    this.#admin = kafka.admin();
    this.#counts = new PartitionCounts(this.#admin);
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#maxRecordBytes = options.maxRecordBytes ?? largestRecordBytes;
    this.#unknownTopicMs = options.unknownTopicMs ?? 15_000;
  }

  /** Optional, since the first publish connects. It keeps trying until Kafka answers or close() is called. */
  connect(): Promise<void> {
    return (this.#connected ??= this.#connect());
  }

  async publish<T extends Topic>(
    topic: T,
    events: readonly Outgoing<PayloadOf<T>>[],
    options: PublishOptions = {},
  ): Promise<void> {
    if (options.validate !== false) for (const event of events) check(topic, event.data);
    await this.publishRecords(
      events.map((event) => encodeTraced(topic, event)),
      options,
    );
  }

  /**
   * Resolves when every record is acknowledged; rejects when one fails, after the others were acknowledged or failed.
   */
  async publishRecords(records: readonly WireRecord[], options: PublishOptions = {}): Promise<void> {
    if (records.length === 0) return;
    if (this.#closing.signal.aborted) throw new MessagingError('publisher_closed', 'the publisher is closed', 'later');
    if (options.signal?.aborted)
      throw new MessagingError('publish_aborted', 'the caller aborted the publish', 'later', options.signal.reason);
    const spans = sendSpans(records);
    const job = new PublishJob(records.length, options.signal);
    for (const record of records) {
      const bytes = bytesOf(record);
      const limit = isDeadLetterName(record.topic) ? this.#maxRecordBytes + deadLetterAllowance : this.#maxRecordBytes;
      if (bytes > limit) {
        publishRefused.inc({ 'messaging.destination.name': record.topic, 'error.type': 'record_too_large' });
        job.failed(new RecordTooLarge(record.topic, bytes, limit));
      } else this.#waiting.push({ topic: record.topic, partition: -1, bytes, record, job, since: Date.now() });
    }
    this.#flush();
    try {
      await job.settled;
      spans.end();
    } catch (error) {
      // While the broker does not answer, records that nobody waits for would fill the memory.
      if (job.abandoned) this.#waiting = this.#waiting.filter((queued) => queued.job !== job);
      spans.end(error);
      throw error;
    }
  }

  /**
   * How many partitions the broker has for the topic, asked for every few minutes: for a caller that chooses the
   * partition of its records itself.
   */
  async partitionsOf(topic: Pick<Topic, 'name'>): Promise<number> {
    await this.connect();
    await this.#askFor(new Set([topic.name]));
    const count = this.#counts.known(topic.name);
    if (count === undefined)
      throw new MessagingError('unknown_topic', `the broker does not know the topic ${topic.name}`, 'later');
    return count;
  }

  /** Sends waiting records for at most `graceMs`, then disconnects; the others fail with `publisher_closed`. */
  async close(graceMs = 8_000): Promise<void> {
    const flushed = this.#flushing;
    if (flushed) {
      const grace = new AbortController();
      await Promise.race([flushed, wait(graceMs, grace.signal)]);
      grace.abort();
    }
    this.#closing.abort();
    const closed = new MessagingError(
      'publisher_closed',
      'the publisher was closed before Kafka acknowledged',
      'later',
    );
    for (const { job } of this.#waiting.splice(0)) job.failed(closed);
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]);
  }

  async #connect(): Promise<void> {
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      try {
        await Promise.all([this.#producer.connect(), this.#admin.connect()]);
        return;
      } catch (error) {
        this.#log.warn({ err: error, attempt }, 'Kafka is not reachable, trying again');
        await wait(backoffMs(attempt, 2_000), this.#closing.signal);
      }
    }
    throw new MessagingError('publisher_closed', 'the publisher was closed before Kafka was reached', 'later');
  }

  #flush(): void {
    if (this.#flushing || this.#waiting.length === 0) return;
    this.#flushing = this.#sendAll().finally(() => {
      this.#flushing = undefined;
      if (!this.#closing.signal.aborted) this.#flush();
    });
  }

  /** Never rejects: a failure is reported to the job of its record. */
  async #sendAll(): Promise<void> {
    try {
      await this.connect();
      for (let attempt = 0; this.#waiting.length > 0 && !this.#closing.signal.aborted; ) {
        const waiting = this.#waiting.filter(({ job }) => !job.abandoned);
        this.#waiting = [];
        const { now, later } = planSend(await this.#placed(waiting), this.#limits);
        this.#waiting = later.concat(this.#unplaced(waiting), this.#waiting);
        if (now.length > 0) {
          await this.#send(now);
          attempt = 0;
        } else if (this.#waiting.length > 0) await wait(backoffMs(attempt++, 1_000), this.#closing.signal);
      }
    } catch (error) {
      const cause =
        error instanceof MessagingError
          ? error
          : new MessagingError('broker_unavailable', 'publishing failed', 'later', error);
      if (!(error instanceof MessagingError)) this.#log.error({ err: error }, 'publishing failed');
      for (const { job } of this.#waiting.splice(0)) job.failed(cause);
    }
  }

  /**
   * Chooses partitions and returns the records that have one; `#unplaced` returns the others, whose topic is unknown.
   */
  async #placed(waiting: Queued[]): Promise<Queued[]> {
    const unplaced = waiting.filter(({ partition }) => partition < 0);
    if (unplaced.length > 0) await this.#askFor(new Set(unplaced.map(({ topic }) => topic)));
    this.#rotation++;
    for (const queued of unplaced) {
      const count = this.#counts.known(queued.topic);
      if (count === undefined) continue;
      const { partition, key, topic } = queued.record;
      if (partition !== undefined && !(partition >= 0 && partition < count)) {
        queued.job.failed(new MessagingError('unknown_partition', `${topic} has no partition ${partition}`));
        queued.partition = failed;
      } else queued.partition = partition ?? (key === null ? this.#rotation % count : partitionOf(key, count));
    }
    return waiting.filter(({ partition }) => partition >= 0);
  }

  async #askFor(topics: Set<string>): Promise<void> {
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      try {
        return await this.#counts.refresh(topics);
      } catch (error) {
        this.#log.warn({ err: error, attempt }, 'Kafka does not answer, trying again');
        await wait(backoffMs(attempt, 2_000), this.#closing.signal);
      }
    }
  }

  #unplaced(waiting: Queued[]): Queued[] {
    const now = Date.now();
    return waiting.filter((queued) => {
      if (queued.partition !== unplaced) return false;
      if (now - queued.since < this.#unknownTopicMs) return true;
      queued.job.failed(
        new MessagingError('unknown_topic', `the broker does not know the topic ${queued.topic}`, 'later'),
      );
      return false;
    });
  }

  /** Sends until acknowledged, refused or closed. A refused batch is halved until the refused record is alone. */
  async #send(batch: Queued[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const records = batch.filter(({ job }) => !job.abandoned);
      if (records.length === 0) return;
      if (this.#closing.signal.aborted) {
        this.#waiting.unshift(...records);
        return;
      }
      const stop = sendDuration.startTimer();
      try {
        const topicMessages = messagesByTopic(records);
        await this.#producer.sendBatch({ acks: -1, topicMessages });
        stop();
        for (const { job } of records) job.acknowledged();
        for (const { topic, messages } of topicMessages)
          published.inc({ 'messaging.destination.name': topic }, messages.length);
        return;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) {
          this.#log.warn(
            { err: error, attempt, records: records.length },
            'Kafka did not acknowledge, the records are sent again',
          );
          await wait(backoffMs(attempt, 2_000), this.#closing.signal);
        } else if (refusal.about === 'topic') return await this.#notPermitted(records, refusal.type, error);
        else if (records.length > 1) {
          const half = records.length >> 1;
          await this.#send(records.slice(0, half));
          await this.#send(records.slice(half));
          return;
        } else {
          const [{ topic, bytes, job }] = records as [Queued];
          publishRefused.inc({ 'messaging.destination.name': topic, 'error.type': refusal.type.toLowerCase() });
          job.failed(
            refusal.type === 'MESSAGE_TOO_LARGE'
              ? new RecordTooLarge(topic, bytes, bytes - 1, error)
              : new MessagingError(
                  'refused_by_broker',
                  `Kafka refused a record for ${topic}: ${refusal.type}`,
                  'never',
                  error,
                ),
          );
          return;
        }
      }
    }
  }

  /** Fails the records of the topic that may not be written; records of other topics are sent without them. */
  async #notPermitted(records: Queued[], type: string, error: unknown): Promise<void> {
    const [topic, ...others] = new Set(records.map((record) => record.topic));
    if (others.length > 0) {
      for (const one of [topic!, ...others]) await this.#send(records.filter((record) => record.topic === one));
      return;
    }
    publishRefused.inc({ 'messaging.destination.name': topic!, 'error.type': type.toLowerCase() }, records.length);
    for (const { job } of records)
      job.failed(
        new MessagingError('not_permitted', `Kafka does not let us write to ${topic}: ${type}`, 'later', error),
      );
  }
}

const unplaced = -1;
const failed = -2;
