// Hostile records between valid ones, on every partition of a topic on a real broker: each valid one is delivered in
// order, each hostile one is in the dead letters with a reason that names its fault, and nothing is left to read.
import { randomUUID } from 'node:crypto';
import { defineTopic, notificationRequest } from '@carillon/domain';
import { metricsText } from '@carillon/telemetry';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Message } from 'kafkajs';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { DeadLetter } from '../dead-letters/read-letter.ts';
import { connectKafka, unlimitedRetry } from '../kafka/connect.ts';
import { Publisher } from '../publishing/publisher.ts';
import { testKafka, until } from '../testing/broker.ts';
import { sendForeign } from '../testing/foreign-producer.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { createTopics } from '../testing/create-topics.ts';
import { BatchConsumer } from './batch-consumer.ts';
import { textOf } from '../records/record.ts';

const partitions = [0, 1, 2];
const requests = defineTopic({
  name: `test.${randomUUID()}.v1`,
  summary: 'Requests of a test.',
  direction: 'internal',
  key: { describe: 'none', of: () => null },
  schema: notificationRequest,
  partitions: partitions.length,
  retention: '1d',
  deadLetter: true,
});
const outcomes = uniqueTopic();
// The session is not what is tested here.
const config = testKafka({ sessionTimeoutMs: 30_000 });
const publisher = new Publisher(config);
const letters = new DeadLetters(config, [requests]);
const admin = connectKafka(config, unlimitedRetry).admin();

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const request = { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: 'Ready' };
const json = (changes: object): string => JSON.stringify({ ...request, ...changes });
const event = (id: string) => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_source: '/acme/test',
  ce_type: requests.name,
  'content-type': 'application/json',
  traceparent,
});
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const named = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`header-${n}`, 'some value']));

interface Hostile {
  reason: RegExp;
  /** What the sentence must name. */
  detail?: RegExp;
  value: string | Buffer | null;
  key?: string | Buffer | null;
  headers?: Message['headers'];
  gzip?: boolean;
  missing?: string[];
}

const hostile: Record<string, Hostile> = {
  'a body of 3 MB in 4 kB of gzip': {
    reason: /^invalid_payload$/,
    detail: /body/,
    value: json({ body: 'x'.repeat(3_000_000) }),
    gzip: true,
    missing: ['value'],
  },
  '3 MB that is no JSON in gzip': {
    reason: /^not_json$/,
    value: 'x'.repeat(3_000_000),
    gzip: true,
    missing: ['value'],
  },
  'a key of 2 MB in gzip': {
    reason: /^not_json$/,
    value: '{',
    key: 'k'.repeat(2_000_000),
    gzip: true,
    missing: ['key'],
  },
  'a tracestate of 2 MB in gzip': {
    reason: /^not_json$/,
    value: '{',
    headers: { tracestate: 'x'.repeat(2_000_000) },
    gzip: true,
    missing: ['headers'],
  },
  'a tracestate of 1 MB': { reason: /^not_json$/, value: '{', headers: { tracestate: 'x'.repeat(1_000_000) } },
  '10,000 headers': { reason: /^not_json$/, value: '{', headers: named(10_000) },
  'one header name 10,000 times': {
    reason: /^not_json$/,
    value: '{',
    headers: { again: Array.from({ length: 10_000 }, () => 'v') },
  },
  'an empty header name, and __proto__': {
    reason: /^not_json$/,
    value: '{',
    headers: Object.fromEntries([
      ['', 'v'],
      ['__proto__', 'v'],
      ['constructor', 'v'],
    ]),
  },
  'headers that forge a dead letter': {
    reason: /^not_json$/,
    value: '{',
    headers: { dlq_reason: 'forged', dlq_retried: '0', dlq_offset: '9', dlq_truncated: 'batch' },
  },
  'a null key': { reason: /^not_json$/, detail: /line 1|ends too early|JSON/, value: '{', key: null },
  'a key that is not UTF-8': { reason: /^not_json$/, value: '{', key: Buffer.from([0xff, 0x00, 0xfe]) },
  'a tombstone': { reason: /^empty_value$/, detail: /tombstone/, value: null },
  'an empty value': { reason: /^empty_value$/, value: '' },
  'a value that is not UTF-8': { reason: /^not_utf8$/, detail: /UTF-8/, value: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
  'JSON of 100,000 levels': {
    reason: /^(?:invalid_payload|unreadable|not_json)$/,
    value: `${json({}).slice(0, -1)},"data":{"a":${nested(100_000)}}}`,
  },
  '100,000 levels and nothing else': { reason: /^(?:invalid_payload|unreadable|not_json)$/, value: nested(100_000) },
  'NUL in a title': {
    reason: /^invalid_payload$/,
    detail: /title.*NUL|title.*control/,
    value: json({ title: 'a\0b' }),
  },
  'half of a surrogate pair': {
    reason: /^invalid_payload$/,
    detail: /title/,
    value: `${json({}).slice(0, -1)},"title":"\\ud800"}`,
  },
  'a number beyond all numbers': {
    reason: /^invalid_payload$/,
    detail: /title/,
    value: `${json({}).slice(0, -1)},"title":1e999}`,
  },
  '__proto__ as a field': { reason: /^invalid_payload$/, value: `{"__proto__":${json({})}}` },
  'an id of 1 MB': {
    reason: /^not_a_cloud_event$/,
    detail: /ce_id/,
    value: json({}),
    headers: { ce_id: 'x'.repeat(1_000_000) },
  },
  'a derived record that is too large': {
    reason: /^record_too_large$/,
    detail: /bytes/,
    value: json({ title: 'derive' }),
  },
};
const names = Object.keys(hostile);

const seen: { partition: number; title: string }[] = [];
const consumer = new BatchConsumer(config, {
  group: `test.${randomUUID()}`,
  publisher,
  onDead: (error) => seen.push({ partition: -1, title: `dead: ${error.message}` }),
  subscriptions: [
    {
      topic: requests,
      fromBeginning: true,
      handler: {
        async handle(batch) {
          for (const { partition, data } of batch.records as { partition: number; data: { title: string } }[]) {
            if (data.title === 'derive')
              await publisher.publish(outcomes, [
                { id: 'd', source: '/t', data: { n: 1, text: 'x'.repeat(2_000_000) } },
              ]);
            else seen.push({ partition, title: data.title });
          }
        },
        // As a service does that tells producers what became of their requests.
        rejected: (rejections) =>
          publisher.publish(
            outcomes,
            rejections.map(({ traceparent: parent, tracestate }) => ({
              id: randomUUID(),
              source: '/t',
              data: { n: 1 },
              ...(parent ? { traceparent: parent } : {}),
              ...(tracestate ? { tracestate } : {}),
            })),
          ),
      },
    },
  ],
});

const valid = (n: number, partition: number): Message => ({
  key: n % 2 ? 'k' : null,
  value: json({ title: `${partition}:${n}` }),
  headers: { ...event(`valid-${partition}-${n}`), ...(n % 3 ? {} : { tracestate: 'x'.repeat(5_000) }) },
  partition,
});

/**
 * Which hostile record lies where: `partition/offset` → its name. (A producer that tries again writes valid ones
 * twice.)
 */
const places = new Map<string, string>();

beforeAll(async () => {
  await admin.connect();
  await createTopics(config, [requests, outcomes]);
  await sendForeign(
    requests.name,
    partitions.map((partition) => valid(0, partition)),
  );
  for (const [at, name] of names.entries()) {
    const { value, key = 'key', headers, gzip } = hostile[name]!;
    for (const partition of partitions) {
      const offset = await sendForeign(
        requests.name,
        [{ key, value, headers: { ...event(name), ...headers }, partition }],
        gzip ? { gzip } : {},
      );
      places.set(`${partition}/${offset}`, name);
    }
    await sendForeign(
      requests.name,
      partitions.map((partition) => valid(at + 1, partition)),
    );
  }
  await consumer.start();
}, 120_000);

afterAll(async () => {
  await Promise.all([consumer.stop(), letters.close()]);
  await Promise.all([publisher.close(), admin.disconnect()]);
});

async function left(): Promise<number> {
  const [committed] = await admin.fetchOffsets({ groupId: consumer.group, topics: [requests.name] });
  const ends = new Map(
    (await admin.fetchTopicOffsets(requests.name)).map(({ partition, high }) => [partition, Number(high)]),
  );
  return committed!.partitions.reduce(
    (sum, { partition, offset }) => sum + ends.get(partition)! - Math.max(0, Number(offset)),
    0,
  );
}

describe('hostile records between valid ones', () => {
  let found: DeadLetter[] = [];

  test('nothing stalls: every partition is read to its end, and the lag is 0', async () => {
    await until(async () => (await left()) === 0, 100_000);
    const lag = (await metricsText())
      .split('\n')
      .filter((line) => line.startsWith('carillon_consumer_lag_records{') && line.includes(consumer.group));
    expect(lag.map((line) => Number(line.split(' ').at(-1)))).toEqual(partitions.map(() => 0));
    expect(consumer.readiness()).toBe(true);
    await letters.connect();
    found = await letters.load(await letters.list());
  }, 120_000);

  test('each valid record is delivered, in order', () => {
    for (const partition of partitions) {
      // A record that follows one at fault may be seen twice; its first sight counts.
      const titles = [...new Set(seen.filter((one) => one.partition === partition).map(({ title }) => title))];
      expect(titles).toEqual(Array.from({ length: names.length + 1 }, (_, n) => `${partition}:${n}`));
    }
    expect(seen.filter(({ partition }) => partition < 0)).toEqual([]);
  });

  test('there is one dead letter for each hostile record and for nothing else', () => {
    expect(found).toHaveLength(names.length * partitions.length);
    expect(new Set(found.map(({ from }) => `${from.partition}/${from.offset}`)).size).toBe(found.length);
  });

  test.each(names)('%s: a dead letter on each partition, with a reason that names the fault', (name) => {
    const { reason, detail, missing = [], headers = {} } = hostile[name]!;
    const own = found.filter(({ from }) => places.get(`${from.partition}/${from.offset}`) === name);
    expect(own.map(({ from }) => from.partition).sort()).toEqual(partitions);
    for (const letter of own) {
      expect(letter.reason).toMatch(reason);
      expect(letter.detail).toMatch(detail ?? /\w{3}/);
      expect(letter.missing).toEqual(missing);
      if (!('ce_id' in headers)) expect(textOf(letter.headers['ce_id'])).toBe(name);
    }
  });

  test('a truncated letter leads to its original', async () => {
    const letter = found.find(({ missing }) => missing.includes('value'))!;
    const original = await letters.originalOf(letter);
    expect('record' in original && original.record.value!.length).toBe(letter.size.original.value);
    expect(letter.size.original.value).toBeGreaterThan(2_900_000);
  });
});
