// Handles some records of one partition: decodes them, calls the handler, reports the rejected records and writes their
// dead letters.
// Guarantees: an error that is about a record (`retry: never`) is narrowed down to that record, which is rejected with
// the error's code; the others are handled. Any other error is tried again a few times, then the chunk is `stalled`:
// the caller pauses this partition alone and calls again later. Nothing may be committed unless the result is `done`.
// It does not undo: after an error of a later record, a handler receives records again that it has handled.
import type { Topic } from '@carillon/domain';
import { createLogger } from '@carillon/telemetry';
import { sendDeadLetters } from '../dead-letters/send-dead-letters.ts';
import type { Decoder } from '../events/decode.ts';
import type { Received } from '../records/record.ts';
import type { Publisher } from '../publishing/publisher.ts';
import { deadLettered, handlerFailures, rejectionsUnreported } from '../metrics.ts';
import { backoffMs, wait } from '../backoff.ts';
import type { Batch, Filtered, Handles, Place } from './batch.ts';
import type { BatchWork } from './batch-work.ts';
import { recordFault } from './record-fault.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';
import type { Rejection } from '../records/rejection.ts';

export interface Reader {
  topic: Topic;
  handler: Handles;
  decode: Decoder<Topic>;
  group: string;
}

/** `given_up`: the partition is lost or the process stops. */
export type ChunkResult = 'done' | 'given_up' | 'stalled';

/** Few, because the other partitions of the same fetch wait during these tries. */
const triesInPlace = 3;
const longestPauseMs = 5_000;
const log = createLogger('consumer');

export async function handleChunk(
  reader: Reader,
  records: KafkaRecord[],
  work: BatchWork,
  publisher: Pick<Publisher, 'publishRecords'>,
  partition: number,
  readFrom?: number,
): Promise<ChunkResult> {
  const { handler } = reader;
  if (!handler.filter) return handleRecords(reader, records, work, publisher, partition);
  let filtered: Filtered = { records };
  const place: Place = {
    topic: reader.topic.name,
    partition,
    signal: work.signal,
    ...(readFrom === undefined ? {} : { readFrom }),
  };
  const result = await retryInPlace(reader, records, partition, work, async () => {
    filtered = await handler.filter!(records, place);
  });
  if (result !== 'done') return result;
  const handled = await handleRecords(reader, filtered.records, work, publisher, partition);
  if (handled !== 'done' || filtered.afterwards === undefined) return handled;
  const ended = await retryInPlace(reader, records, partition, work, filtered.afterwards);
  if (ended === 'done') work.stalled.succeeded(reader.topic.name, partition, records.length);
  return ended;
}

async function handleRecords(
  reader: Reader,
  records: readonly KafkaRecord[],
  work: BatchWork,
  publisher: Pick<Publisher, 'publishRecords'>,
  partition: number,
): Promise<ChunkResult> {
  if (records.length === 0) return 'done';
  const received: Received[] = [];
  const unreadable: Rejection[] = [];
  for (const record of records) {
    const decoded = reader.decode(record, partition);
    if ('received' in decoded) received.push(decoded.received);
    else unreadable.push(decoded.rejection);
  }
  const { topic, handler } = reader;
  const retry = (step: () => Promise<void>): Promise<ChunkResult> =>
    retryInPlace(reader, records, partition, work, step);
  let rejections = unreadable;
  if (received.length > 0) {
    const handled = await retry(async () => {
      const rejected = await handleIsolating(reader, partition, received, work);
      rejections = rejected.length > 0 ? unreadable.concat(rejected).sort(byOffset) : unreadable;
    });
    if (handled !== 'done') return handled;
  }
  if (rejections.length > 0) {
    if (handler.rejected) {
      const reported = await retry(() => reportIsolating(reader, rejections));
      if (reported !== 'done') return reported;
    }
    if (topic.deadLetter) {
      const written = await retry(() => sendDeadLetters(rejections, publisher, work.signal));
      if (written !== 'done') return written;
      for (const { code, detail, offset } of rejections) {
        deadLettered.inc({ 'messaging.destination.name': topic.name, reason: code });
        log.warn({ topic: topic.name, partition, offset, reason: code, detail }, 'dead letter');
      }
    } else
      log.warn(
        { topic: topic.name, partition, rejected: rejections.length, first: rejections[0]!.detail },
        'records were rejected; this topic keeps no dead letters',
      );
  }
  work.stalled.succeeded(topic.name, partition, records.length);
  return 'done';
}

const byOffset = (a: Rejection, b: Rejection): number => Number(BigInt(a.offset) - BigInt(b.offset));

/** Halves the records until those at fault stand alone; returns what was rejected. */
async function handleIsolating(
  reader: Reader,
  partition: number,
  records: Received[],
  work: BatchWork,
): Promise<Rejection[]> {
  const rejections: Rejection[] = [];
  try {
    await reader.handler.handle(batchOf(reader.topic, partition, records, rejections, work));
    return rejections;
  } catch (error) {
    const code = recordFault(error);
    if (code === undefined || work.signal.aborted) throw error;
    if (records.length === 1) return [rejectionOf(records[0]!, code, messageOf(error))];
    const half = records.length >> 1;
    const first = await handleIsolating(reader, partition, records.slice(0, half), work);
    return first.concat(await handleIsolating(reader, partition, records.slice(half), work));
  }
}

/** A rejection that can't be reported is in the dead letters all the same, so it does not stop the partition. */
async function reportIsolating(reader: Reader, rejections: Rejection[]): Promise<void> {
  try {
    await reader.handler.rejected!(rejections);
  } catch (error) {
    if (recordFault(error) === undefined) throw error;
    if (rejections.length === 1) {
      const { topic, partition, offset } = rejections[0]!;
      rejectionsUnreported.inc({ 'messaging.destination.name': topic, 'messaging.consumer.group.name': reader.group });
      log.error(
        { err: error, topic, partition, offset, group: reader.group },
        'a rejected record could not be reported; see its dead letter',
      );
      return;
    }
    const half = rejections.length >> 1;
    await reportIsolating(reader, rejections.slice(0, half));
    await reportIsolating(reader, rejections.slice(half));
  }
}

function batchOf(
  topic: Topic,
  partition: number,
  records: Received[],
  rejections: Rejection[],
  work: BatchWork,
): Batch {
  return {
    topic: topic.name,
    partition,
    records,
    signal: work.signal,
    heartbeat: work.heartbeat,
    reject: (record, code, detail) => void rejections.push(rejectionOf(record, code, detail)),
  };
}

function rejectionOf(record: Received, code: string, detail: string): Rejection {
  const { topic, partition, offset, key, id, source, type, data, traceparent, tracestate, raw } = record;
  return {
    ...{ topic, partition, offset, code, detail, key, id, source, type, data, raw },
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'handling failed');

async function retryInPlace(
  reader: Reader,
  records: readonly KafkaRecord[],
  partition: number,
  work: BatchWork,
  step: () => Promise<void>,
): Promise<ChunkResult> {
  const topic = reader.topic.name;
  for (;;) {
    try {
      await step();
      return 'done';
    } catch (error) {
      handlerFailures.inc({ 'messaging.destination.name': topic, 'messaging.consumer.group.name': reader.group });
      if (!work.signal.aborted) {
        work.stalled.failed(topic, partition, records.length);
        const tries = work.stalled.tries(topic, partition);
        const last = tries >= triesInPlace;
        const context = {
          err: error,
          topic,
          partition,
          offset: records[0]!.offset,
          records: records.length,
          group: reader.group,
          tries,
        };
        log[last ? 'error' : 'warn'](
          context,
          last
            ? 'handling keeps failing, the partition is paused and tried again later'
            : 'handling failed, trying again',
        );
        if (!last) await wait(backoffMs(tries - 1, longestPauseMs), work.signal);
      }
    }
    await work.heartbeat().catch(() => undefined);
    if (work.stopping) return 'given_up';
    if (work.failure) throw work.failure;
    if (work.signal.aborted) return 'given_up';
    if (work.stalled.tries(topic, partition) >= triesInPlace) return 'stalled';
  }
}
