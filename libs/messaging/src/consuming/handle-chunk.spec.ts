import { afterEach, describe, expect, test } from '@jest/globals';
import type { EachBatchPayload } from '../kafka/client.ts';
import { InvalidPayload, MessagingError, RecordTooLarge } from '../errors.ts';
import { decoderOf } from '../events/decode.ts';
import { PublisherFake } from '../testing/publisher-fake.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import type { Handles } from './batch.ts';
import { BatchWork } from './batch-work.ts';
import { handleChunk, type Reader } from './handle-chunk.ts';
import { Lag } from './lag.ts';
import { StalledPartitions } from './stalled-partitions.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';

const topic = uniqueTopic();
const headers = { ce_specversion: '1.0', ce_id: '1', ce_source: '/test', ce_type: topic.name };
const good: KafkaRecord = { key: null, value: Buffer.from('{"n":1}'), headers, offset: '0', timestamp: '0' };
const bad: KafkaRecord = { ...good, value: Buffer.from('{'), offset: '1' };

const readerOf = (handler: Handles<typeof topic>): Reader => ({
  topic,
  handler: handler,
  decode: decoderOf(topic),
  group: 'g',
});

const works: BatchWork[] = [];
afterEach(() => works.splice(0).forEach((work) => work.end()));

function workOf(
  heartbeat: () => Promise<void>,
  stopping = new AbortController().signal,
  stalled = new StalledPartitions(),
): BatchWork {
  const payload = {
    heartbeat,
    isRunning: () => true,
    batch: { topic: topic.name, partition: 0, highWatermark: '2', messages: [good] },
  } as unknown as EachBatchPayload;
  const work = new BatchWork(payload, stopping, new Lag('g'), stalled);
  works.push(work);
  return work;
}

const alive = (): Promise<void> => Promise.resolve();
const refusing = (type: string) => (): Promise<void> => Promise.reject(Object.assign(new Error(type), { type }));

describe('handling a chunk', () => {
  test('a broken dependency is tried again, with heartbeats between', async () => {
    let calls = 0;
    let heartbeats = 0;
    const work = workOf(() => Promise.resolve(void heartbeats++));
    const handler = { handle: () => (++calls < 3 ? Promise.reject(new Error('away')) : Promise.resolve()) };
    expect(await handleChunk(readerOf(handler), [good], work, new PublisherFake(), 0)).toBe('done');
    expect({ calls, heartbeats }).toEqual({ calls: 3, heartbeats: 2 });
  });

  test('what is filtered out is never decoded, and `afterwards` follows the handling of the others; its failure repeats nothing else', async () => {
    const steps: string[] = [];
    let calls = 0;
    const handler: Handles<typeof topic> = {
      filter: (records) =>
        Promise.resolve({
          records: records.filter(({ offset }) => offset === '0'),
          afterwards: () => {
            steps.push('afterwards');
            return ++calls < 2 ? Promise.reject(new Error('away')) : Promise.resolve();
          },
        }),
      handle: ({ records }) => Promise.resolve(void steps.push(`handle ${records.map(({ offset }) => offset).join()}`)),
    };
    const publisher = new PublisherFake();
    expect(await handleChunk(readerOf(handler), [good, bad], workOf(alive), publisher, 0)).toBe('done');
    expect(steps).toEqual(['handle 0', 'afterwards', 'afterwards']);
    expect(publisher.records).toEqual([]);
  });

  test('what keeps failing is known, and forgotten once it succeeds', async () => {
    const stalled = new StalledPartitions();
    let calls = 0;
    let meanwhile: string | undefined;
    const handler = {
      handle() {
        meanwhile = stalled.problem(Date.now() + 60_000);
        return ++calls < 2 ? Promise.reject(new Error('hush')) : Promise.resolve();
      },
    };
    expect(
      await handleChunk(readerOf(handler), [good], workOf(alive, undefined, stalled), new PublisherFake(), 0),
    ).toBe('done');
    expect(meanwhile).toMatch(/partition 0, has failed for \d+ s/);
    expect(meanwhile).not.toContain('hush');
    expect(stalled.problem(Date.now() + 60_000)).toBeUndefined();
  });

  test('what a failed try rejected is forgotten with it', async () => {
    let calls = 0;
    const publisher = new PublisherFake();
    const handler: Handles<typeof topic> = {
      handle(batch) {
        batch.reject(batch.records[0]!, 'no', 'no');
        return ++calls === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    };
    await handleChunk(readerOf(handler), [good], workOf(alive), publisher, 0);
    expect(publisher.records).toHaveLength(1);
  });

  test('nothing is handled twice because the dead letters were away', async () => {
    let calls = 0;
    let rejected = 0;
    let refusals = 2;
    class Away extends PublisherFake {
      override publishRecords(records: Parameters<PublisherFake['publishRecords']>[0]): Promise<void> {
        this.failure = refusals-- > 0 ? new Error('no such topic') : undefined;
        return super.publishRecords(records);
      }
    }
    const publisher = new Away();
    const handler = { handle: () => Promise.resolve(void calls++), rejected: () => Promise.resolve(void rejected++) };
    expect(await handleChunk(readerOf(handler), [good, bad], workOf(alive), publisher, 0)).toBe('done');
    expect({ calls, rejected }).toEqual({ calls: 1, rejected: 1 });
    expect(publisher.records).toHaveLength(1);
  });

  test('a handler is not called for a chunk of unreadable records', async () => {
    const handler = { handle: () => Promise.reject(new Error('called')) };
    expect(await handleChunk(readerOf(handler), [bad], workOf(alive), new PublisherFake(), 0)).toBe('done');
  });

  test('a rebalance ends the trying, so that the group need not wait', async () => {
    const handler = { handle: () => Promise.reject(new Error('away')) };
    await expect(
      handleChunk(readerOf(handler), [good], workOf(refusing('REBALANCE_IN_PROGRESS')), new PublisherFake(), 0),
    ).rejects.toThrow('REBALANCE_IN_PROGRESS');
  });

  test('a handler that has succeeded during a rebalance may still be committed', async () => {
    const work = workOf(refusing('REBALANCE_IN_PROGRESS'));
    const handler = { handle: () => work.heartbeat().catch(() => undefined) };
    expect(await handleChunk(readerOf(handler), [good], work, new PublisherFake(), 0)).toBe('done');
    expect(work.signal.aborted).toBe(false);
  });

  test('losing the membership aborts the signal', async () => {
    const work = workOf(refusing('UNKNOWN_MEMBER_ID'));
    await work.heartbeat().catch(() => undefined);
    expect(work.signal.aborted).toBe(true);
  });

  test('stopping ends the trying at once and commits nothing', async () => {
    const stopping = new AbortController();
    const handler = {
      handle: () => {
        setImmediate(() => stopping.abort());
        return Promise.reject(new Error('away'));
      },
    };
    expect(await handleChunk(readerOf(handler), [good], workOf(alive, stopping.signal), new PublisherFake(), 0)).toBe(
      'given_up',
    );
  });

  describe('an error that is about a record', () => {
    const records = (count: number): KafkaRecord[] =>
      Array.from({ length: count }, (_, n) => ({ ...good, value: Buffer.from(`{"n":${n}}`), offset: String(n) }));

    const faults: [name: string, error: Error, reason: string][] = [
      ['a derived record that is too large', new RecordTooLarge('other.v1', 2_000_000, 1_000_000), 'record_too_large'],
      [
        'a derived record of another shape',
        new InvalidPayload('other.v1', [{ path: 'x', message: 'is missing' }]),
        'invalid_payload',
      ],
      [
        'a value that the database does not hold',
        Object.assign(new Error('invalid byte sequence'), { code: '22021' }),
        'not_storable',
      ],
      ['a value nested too deep', new RangeError('Maximum call stack size exceeded'), 'not_handled'],
    ];

    test.each(faults)('%s: that record is rejected, the others are handled in order', async (_, error, reason) => {
      const handled: number[] = [];
      const publisher = new PublisherFake();
      const handler: Handles<typeof topic> = {
        handle(batch) {
          if (batch.records.some(({ data }) => data.n === 7 || data.n === 8)) return Promise.reject(error);
          return Promise.resolve(void handled.push(...batch.records.map(({ data }) => data.n)));
        },
      };
      expect(await handleChunk(readerOf(handler), records(20), workOf(alive), publisher, 0)).toBe('done');
      expect(handled).toEqual([...Array.from({ length: 20 }, (_, n) => n)].filter((n) => n !== 7 && n !== 8));
      expect(publisher.records.map(({ headers }) => [headers['dlq_offset'], headers['dlq_reason']])).toEqual([
        ['7', reason],
        ['8', reason],
      ]);
    });

    test('a rejection that cannot be reported stops nothing, and the others are reported', async () => {
      const reported: string[] = [];
      const publisher = new PublisherFake();
      const handler: Handles<typeof topic> = {
        handle: () => Promise.resolve(),
        rejected(rejections) {
          if (rejections.some(({ offset }) => offset === '2'))
            return Promise.reject(new RecordTooLarge('outcome.v1', 2, 1));
          return Promise.resolve(void reported.push(...rejections.map(({ offset }) => offset)));
        },
      };
      const unreadable = records(4).map((record) => ({ ...record, value: Buffer.from('{') }));
      expect(await handleChunk(readerOf(handler), unreadable, workOf(alive), publisher, 0)).toBe('done');
      expect(reported).toEqual(['0', '1', '3']);
      expect(publisher.records).toHaveLength(4);
    });
  });

  test('any other error stalls the partition after a few tries, and one try is made each time after that', async () => {
    const stalled = new StalledPartitions();
    let calls = 0;
    const handler = { handle: () => Promise.reject(new Error(`away ${++calls}`)) };
    const chunk = (): Promise<unknown> =>
      handleChunk(readerOf(handler), [good], workOf(alive, undefined, stalled), new PublisherFake(), 0);
    expect([await chunk(), calls]).toEqual(['stalled', 3]);
    expect([await chunk(), calls]).toEqual(['stalled', 4]);
  });

  test('an error of a broken dependency never rejects a record', async () => {
    const publisher = new PublisherFake();
    for (const error of [
      new MessagingError('unknown_topic', 'no such topic'),
      new MessagingError('broker_unavailable', 'away', 'later'),
      Object.assign(new Error('away'), { code: 'ECONNREFUSED' }),
      new TypeError('fetch failed'),
    ]) {
      expect(
        await handleChunk(readerOf({ handle: () => Promise.reject(error) }), [good], workOf(alive), publisher, 0),
      ).toBe('stalled');
    }
    expect(publisher.records).toEqual([]);
  });
});
