// Bringing a chunk of one partition's records to an end: read, handle, tell about the rejected, dead-letter them.
// Promises: each step is repeated until it succeeds, with growing pauses up to 5 s and heartbeats all the while; it ends
// early only when the partition is lost or the process stops, and then says so, so that nothing is committed.
import type { Topic } from '@carillon/domain';
import { createLogger } from '@carillon/telemetry';
import type { EachBatchPayload } from 'kafkajs';
import { sendDeadLetters } from '../dead-letters/send-dead-letters.ts';
import type { Decoder, KafkaRecord } from '../events/decode.ts';
import type { Received } from '../events/record.ts';
import type { Publisher } from '../publishing/publisher.ts';
import { deadLettered, handlerFailures } from '../tracing/metrics.ts';
import { backoffMs, wait } from './backoff.ts';
import type { Batch, Handles, Rejection } from './batch.ts';
import type { Lag } from './lag.ts';
import { Troubles } from './troubles.ts';

export interface Reader {
  topic: Topic;
  handler: Handles;
  decode: Decoder<Topic>;
  group: string;
}

const heartbeatEveryMs = 1_000;
/** How long a running handler may go on after the group began to rebalance; its peers wait for it meanwhile. */
const rebalanceGraceMs = 5_000;
const longestPauseMs = 5_000;
const log = createLogger('consumer');

/** The life of one batch: its heartbeats, its signal, and why it ended early. */
export class BatchWork {
  readonly #payload: EachBatchPayload;
  readonly #lost = new AbortController();
  readonly #stopping: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly signal: AbortSignal;
  /** Set when the group turned away from us; thrown into kafkajs, which joins again. */
  failure: Error | undefined;
  #rebalancingSince = 0;

  constructor(
    payload: EachBatchPayload,
    stopping: AbortSignal,
    lag: Lag,
    readonly troubles = new Troubles(),
  ) {
    lag.began(payload.batch);
    this.#payload = payload;
    this.#stopping = stopping;
    this.signal = this.#lost.signal;
    if (stopping.aborted) this.#lost.abort(stopping.reason);
    stopping.addEventListener('abort', this.#onStop, { once: true });
    this.#timer = setInterval(() => {
      lag.waiting(payload.batch);
      void this.heartbeat().catch(() => undefined);
    }, heartbeatEveryMs);
  }

  get stopping(): boolean {
    return this.#stopping.aborted;
  }

  /** kafkajs sends one only when the interval has passed. Rejects when the partition is lost or about to move. */
  heartbeat = async (): Promise<void> => {
    try {
      await this.#payload.heartbeat();
      if (!this.#payload.isRunning() && !this.stopping) throw new Error('the consumer was restarted');
    } catch (error) {
      this.#onHeartbeatFailure(error as Error & { type?: string });
      throw error;
    }
  };

  end(): void {
    clearInterval(this.#timer);
    this.#stopping.removeEventListener('abort', this.#onStop);
  }

  readonly #onStop = (): void => this.#lost.abort(this.#stopping.reason);

  #onHeartbeatFailure(error: Error & { type?: string }): void {
    if (error.type === 'REBALANCE_IN_PROGRESS') {
      this.#rebalancingSince ||= Date.now();
      if (Date.now() - this.#rebalancingSince >= rebalanceGraceMs) this.#lost.abort(error);
      this.failure = error;
    } else if (error.type === 'ILLEGAL_GENERATION' || error.type === 'UNKNOWN_MEMBER_ID' || error.type === undefined) {
      if (error.type !== undefined || !this.#payload.isRunning()) {
        this.failure = error;
        this.#lost.abort(error);
      }
    }
  }
}

/** False: given up, nothing may be committed. */
export async function handleChunk(reader: Reader, records: KafkaRecord[], work: BatchWork, publisher: Pick<Publisher, 'publishRecords'>, partition: number): Promise<boolean> {
  const received: Received[] = [];
  const unreadable: Rejection[] = [];
  for (const record of records) {
    const decoded = reader.decode(record, partition);
    if ('received' in decoded) received.push(decoded.received);
    else unreadable.push(decoded.rejection);
  }
  let rejections = unreadable;
  if (received.length > 0) {
    const handled = await insist(reader, partition, work, async () => {
      rejections = unreadable.slice();
      await reader.handler.handle(batchOf(reader.topic, partition, received, rejections, work));
    });
    if (!handled) return false;
  }
  if (rejections.length === 0) return true;
  if (reader.handler.rejected && !(await insist(reader, partition, work, () => reader.handler.rejected!(rejections)))) return false;
  if (!reader.topic.deadLetter) {
    log.warn({ topic: reader.topic.name, partition, rejected: rejections.length, first: rejections[0]!.detail }, 'records were rejected; this topic keeps no dead letters');
    return true;
  }
  if (!(await insist(reader, partition, work, () => sendDeadLetters(rejections, publisher, work.signal)))) return false;
  for (const { topic, code, detail, offset } of rejections) {
    deadLettered.inc({ messaging_destination_name: topic, reason: code });
    log.warn({ topic, partition, offset, reason: code, detail }, 'dead letter');
  }
  return true;
}

function batchOf(topic: Topic, partition: number, records: Received[], rejections: Rejection[], work: BatchWork): Batch {
  return {
    topic: topic.name,
    partition,
    records,
    signal: work.signal,
    heartbeat: work.heartbeat,
    reject(record, code, detail) {
      const { key, id, source, type, data, traceparent, tracestate, raw, offset } = record;
      rejections.push({
        ...{ topic: topic.name, partition, offset, code, detail, key, id, source, type, data, raw },
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(tracestate === undefined ? {} : { tracestate }),
      });
    },
  };
}

async function insist(reader: Reader, partition: number, work: BatchWork, step: () => Promise<void>): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    try {
      await step();
      work.troubles.over(reader.topic.name, partition);
      return true;
    } catch (error) {
      handlerFailures.inc({ messaging_destination_name: reader.topic.name, messaging_consumer_group_name: reader.group });
      if (!work.signal.aborted) {
        work.troubles.failed(reader.topic.name, partition);
        log.warn({ err: error, topic: reader.topic.name, partition, group: reader.group, attempt }, 'handling failed, trying again');
        await wait(backoffMs(attempt, longestPauseMs), work.signal);
      }
    }
    await work.heartbeat().catch(() => undefined);
    if (work.stopping) return false;
    if (work.failure) throw work.failure;
    if (work.signal.aborted) return false;
  }
}
