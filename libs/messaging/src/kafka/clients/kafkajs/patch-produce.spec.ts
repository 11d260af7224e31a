import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { patchProduce } from './patch-produce.ts';

interface Produced {
  encode: () => Promise<{ buffer: Buffer; buf: Buffer; offset: number }>;
}
type CreateRequest = (fields: object) => Produced;

const require = createRequire(import.meta.url);
const loadRequest = (version: number): CreateRequest =>
  require(`kafkajs/src/protocol/requests/produce/v${version}/request`) as CreateRequest;

// Loaded twice: once left as it is, once patched.
const original = loadRequest(7);
jest.resetModules();
patchProduce();
const patched = loadRequest(7);
const patchedV3 = loadRequest(3);

const messages = [0, 1, 40, 62, 63, 64, 65, 127, 499, 500, 511, 512, 5_000, 70_000].flatMap((length, i) => [
  { key: 'k'.repeat(length), value: Buffer.alloc(length, i), headers: {} },
  {
    key: null,
    value: 'ä'.repeat(length),
    headers: { größe: 'ü'.repeat(length), empty: '', twice: ['a', Buffer.from('b')], n: '1'.repeat(length) },
  },
  { key: Buffer.from([0, 255]), value: null, headers: { ce_id: Buffer.alloc(length), constructor_: 'x' } },
  { value: `${i}` },
]);

const requestOf = (topics: Record<string, object[][]>, more: object = {}) => ({
  acks: -1,
  timeout: 30_000,
  topicData: Object.entries(topics).map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map((given, partition) => ({ partition: String(partition * 300), messages: given })),
  })),
  ...more,
});

const bytesOf = async (create: CreateRequest, fields: object): Promise<Buffer> =>
  (await create(fields).encode()).buffer;

describe('patchProduce', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 1_795_700_000_123 }));
  afterEach(() => void jest.useRealTimers());

  test('is compared with a kafkajs that is not patched', async () => {
    const fields = requestOf({ t: [[{ value: 'v' }]] });
    const [ours, theirs] = await Promise.all([patched(fields).encode(), original(fields).encode()]);
    // What was written in one pass has no spare bytes.
    expect(ours.buf.length).toBe(ours.offset);
    expect(theirs.buf.length).toBeGreaterThan(theirs.offset);
  });

  test('comes before kafkajs loads what is replaced', () => {
    jest.resetModules();
    require('kafkajs');
    const name = 'kafkajs/src/protocol/requests/produce/v3/request';
    expect(require.cache[require.resolve(name)]).toBeUndefined();
  });

  test.each([
    ['nothing', requestOf({})],
    ['one record', requestOf({ 'carillon.t.v1': [[messages[1]!]] })],
    [
      'several topics and partitions',
      requestOf({ 'a.v1': [messages, messages.slice(0, 3)], größe: [[{ value: 'x' }]] }),
    ],
    [
      'timestamps',
      requestOf({ t: [[5, 1, 9].map((n) => ({ value: 'v', timestamp: String(1_795_700_000_000 + n) })), messages] }),
    ],
    [
      'timestamps far apart',
      requestOf({ t: [[1, 1_795_700_000_000].map((timestamp) => ({ value: 'v', timestamp }))] }),
    ],
    ['some timestamps', requestOf({ t: [[{ value: 'a', timestamp: 1_795_700_000_000 }, { value: 'b' }]] })],
    ['a transaction', requestOf({ t: [messages] }, { transactionalId: 'x', producerId: 7, producerEpoch: 1 })],
  ])('writes the same bytes as kafkajs alone: %s', async (_, fields) => {
    const expected = await bytesOf(original, fields);
    expect((await bytesOf(patched, fields)).equals(expected)).toBe(true);
    expect((await bytesOf(patchedV3, fields)).equals(expected)).toBe(true);
    // The writer's buffer is used again.
    expect((await bytesOf(patched, fields)).equals(expected)).toBe(true);
  });

  test('leaves compression to kafkajs', async () => {
    const fields = requestOf({ t: [messages] }, { compression: 1 });
    expect((await bytesOf(patched, fields)).equals(await bytesOf(original, fields))).toBe(true);
  });
});
