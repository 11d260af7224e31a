// Compressed records of foreign producers, on a real broker: librdkafka (kcat) packs them itself, and a topic with
// `compression.type` has Kafka's own Java code pack them. Record batches that decompress to far more than they should
// are skipped with a dead letter, and the process' memory stays as it is.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createGzip, zstdCompressSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { BatchConsumer } from '../consuming/batch-consumer.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka, until } from '../testing/broker.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { createTopics } from '../testing/create-topics.ts';
import { kafkajsClient } from './clients/kafkajs/connect-kafkajs.ts';
import { unlimitedRetry } from './retry-policy.ts';

type TestTopic = ReturnType<typeof uniqueTopic>;

const config = testKafka();
const publisher = new Publisher(config);
const admin = kafkajsClient(config, unlimitedRetry).admin();
const running: BatchConsumer[] = [];
const dead: Error[] = [];

afterAll(async () => {
  await Promise.all(running.map((consumer) => consumer.stop()));
  await Promise.all([publisher.close(), admin.disconnect()]);
  expect(dead).toEqual([]);
});

async function created(settings: Record<string, string> = {}): Promise<TestTopic> {
  const topic = uniqueTopic();
  await createTopics(config, [topic]);
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  if (configEntries.length > 0) {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic.name, configEntries }],
    });
  }
  return topic;
}

async function consume(topic: TestTopic): Promise<number[]> {
  const seen: number[] = [];
  const consumer = new BatchConsumer(config, {
    group: `test.${randomUUID()}`,
    subscriptions: [
      {
        topic,
        fromBeginning: true,
        handler: {
          handle: (batch) =>
            Promise.resolve(void seen.push(...batch.records.map(({ data }) => (data as { n: number }).n))),
        },
      },
    ],
    publisher,
    onDead: (error) => dead.push(error),
  });
  running.push(consumer);
  await consumer.start();
  return seen;
}

/** 200 events in a few batches, each with its headers. */
async function produceWithKcat(topic: TestTopic, codec: string): Promise<void> {
  const headers = [
    'ce_specversion=1.0',
    'ce_id=e',
    'ce_source=/kcat',
    `ce_type=${topic.name}`,
    'content-type=application/json',
  ];
  const kcat = spawn(
    'kcat',
    ['-P', '-b', config.brokers[0]!, '-t', topic.name, '-z', codec, ...headers.flatMap((header) => ['-H', header])],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const complaint = buffer(kcat.stderr);
  kcat.stdin.end(
    numbers.map((n) => JSON.stringify({ n, text: 'the same text again and again, '.repeat(20) })).join('\n'),
  );
  const code = await new Promise((resolve, reject) => kcat.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`kcat: ${String(await complaint)}`);
}

const numbers = Array.from({ length: 200 }, (_, n) => n);

describe('records that a foreign producer compressed', () => {
  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s, packed by librdkafka, are read in order', async (codec) => {
    const topic = await created();
    await produceWithKcat(topic, codec);
    const seen = await consume(topic);
    await until(() => seen.length === numbers.length);
    expect(seen).toEqual(numbers);
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    '%s, packed by the broker’s Java code, are read in order',
    async (codec) => {
      const topic = await created({ 'compression.type': codec });
      await produceWithKcat(topic, 'none');
      const seen = await consume(topic);
      await until(() => seen.length === numbers.length);
      expect(seen).toEqual(numbers);
    },
  );
});

/** One record (varint lengths, no key, no headers) whose value is all zeros. */
function recordOf(zeros: number): { head: Buffer; tail: Buffer } {
  const varint = (value: number): number[] => {
    const bytes: number[] = [];
    for (let left = value * 2; ; left = Math.floor(left / 128)) {
      bytes.push(left >= 128 ? (left % 128) | 0x80 : left);
      if (left < 128) return bytes;
    }
  };
  const body = [0, 0, 0, 1, ...varint(zeros)];
  return { head: Buffer.from([...varint(body.length + zeros + 1), ...body]), tail: Buffer.from([0]) };
}

function whole(zeros: number): Buffer {
  const { head, tail } = recordOf(zeros);
  return Buffer.concat([head, Buffer.alloc(zeros), tail]);
}

/** Without ever holding it. */
function gzipped(zeros: number): Promise<Buffer> {
  const { head, tail } = recordOf(zeros);
  const chunk = Buffer.alloc(1_000_000);
  const source = function* (): Generator<Buffer> {
    yield head;
    for (let left = zeros; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
    yield tail;
  };
  return buffer(Readable.from(source()).pipe(createGzip()));
}

const megabyte = 1_000_000;
const bombs: [string, number, () => Promise<Buffer>][] = [
  ['gzip, 600 MB', kafkajs.CompressionTypes.GZIP, () => gzipped(600 * megabyte)],
  ['zstd, 180 MB', kafkajs.CompressionTypes.ZSTD, () => Promise.resolve(zstdCompressSync(whole(180 * megabyte)))],
  ['lz4, 180 MB', kafkajs.CompressionTypes.LZ4, () => Promise.resolve(compressFrameSync(whole(180 * megabyte)))],
  ['snappy, 80 MB', kafkajs.CompressionTypes.Snappy, () => Promise.resolve(compressSync(whole(80 * megabyte)))],
];

/** kafkajs writes the batch; what it calls compression puts the bytes in. */
async function produceBomb(topic: TestTopic, compression: number, packed: Buffer): Promise<void> {
  const codecs = kafkajs.CompressionCodecs as Record<number, unknown>;
  const before = codecs[compression];
  codecs[compression] = () => ({ compress: () => Promise.resolve(packed) });
  const producer = kafkajsClient(config, unlimitedRetry).producer();
  try {
    await producer.connect();
    await producer.send({ topic: topic.name, compression, messages: [{ value: 'replaced' }] });
  } finally {
    codecs[compression] = before;
    await producer.disconnect();
  }
}

describe('a record batch that decompresses to far more than it should', () => {
  test.each(bombs)(
    '(%s) becomes a dead letter, and what lies around it is read, in little memory',
    async (_name, codec, pack) => {
      const topic = await created({ 'max.message.bytes': '10000000' });
      const packed = await pack();
      await publisher.publish(topic, [{ id: '1', source: '/test', data: { n: 1 } }]);
      await produceBomb(topic, codec, packed);
      await publisher.publish(topic, [{ id: '2', source: '/test', data: { n: 2 } }]);

      const before = process.memoryUsage().rss;
      let peak = before;
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
      const seen = await consume(topic);
      await until(() => seen.length === 2);
      clearInterval(watch);
      expect(seen).toEqual([1, 2]);
      expect(peak - before).toBeLessThan(170 * megabyte);

      const letters = new DeadLetters(config, [topic]);
      const [letter] = await letters.list({ topic: topic.name });
      expect(letter).toMatchObject({
        reason: 'decompression_limit',
        missing: ['batch'],
        from: { topic: topic.name, partition: 0, offset: '1' },
        lastOffset: '1',
      });
      expect(letter!.detail).toMatch(
        /^offset 1: the record batch \(\w+, \d+ bytes\) decompresses to more than 67108864 bytes$/,
      );
      await letters.close();
    },
  );
});
