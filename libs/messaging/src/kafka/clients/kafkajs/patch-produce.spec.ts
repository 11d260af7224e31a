import { createRequire } from 'node:module';
import { describe, expect, jest, test } from '@jest/globals';
import { crc32c } from './crc32c.ts';
import { patchRecordEncoder } from './record-encoder.ts';

type Encode = (record: object) => { buffer: Buffer; buf: Buffer; offset: number };
interface Codec {
  encode: Encode;
  checksum: unknown;
  batch: (batch: object) => Promise<{ buffer: Buffer }>;
}

const require = createRequire(import.meta.url);

function loadCodec(): Codec {
  const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: Codec['batch'] };
  return {
    encode: require('kafkajs/src/protocol/recordBatch/record/v0') as Encode,
    checksum: require('kafkajs/src/protocol/recordBatch/crc32C'),
    batch: RecordBatch,
  };
}

// Loaded twice: once left as it is, once patched.
const plain = loadCodec();
jest.resetModules();
patchRecordEncoder();
const lean = loadCodec();

const records = [0, 1, 40, 62, 63, 64, 65, 127, 499, 500, 511, 512, 5_000, 70_000].flatMap((length, i) => [
  {
    key: 'k'.repeat(length),
    value: Buffer.alloc(length, i),
    headers: {},
    offsetDelta: length,
    timestampDelta: length * 1_000,
  },
  {
    key: null,
    value: 'ä'.repeat(length),
    headers: { größe: 'ü'.repeat(length), empty: '', twice: ['a', Buffer.from('b')], n: '1'.repeat(length) },
    offsetDelta: 1,
    timestampDelta: 3_000_000_000,
  },
  {
    key: Buffer.from([0, 255]),
    value: null,
    headers: { ce_id: Buffer.alloc(length), constructor_: 'x' },
    offsetDelta: 0,
    timestampDelta: -5,
  },
]);

describe('patchRecordEncoder', () => {
  test('is compared with a kafkajs that is not patched', () => {
    const record = { key: 'k', value: 'v' };
    // Records that were written in one pass have no buffer of their own.
    expect(lean.encode(record).buf.length).toBe(lean.encode(record).offset);
    expect(plain.encode(record).buf.length).toBeGreaterThan(plain.encode(record).offset);
    expect(lean.checksum).toBe(crc32c);
    expect(plain.checksum).not.toBe(crc32c);
  });

  test('comes before kafkajs loads what is replaced', () => {
    jest.resetModules();
    require('kafkajs');
    for (const name of ['requests/produce/v3/request', 'recordBatch/v0', 'recordBatch/record/v0'])
      expect(require.cache[require.resolve(`kafkajs/src/protocol/${name}`)]).toBeUndefined();
  });

  test('writes the same bytes as kafkajs alone', async () => {
    for (const record of records) expect(lean.encode(record).buffer.equals(plain.encode(record).buffer)).toBe(true);
    const batch = (codec: Codec) =>
      codec.batch({
        records: records.map((record) => codec.encode(record)),
        firstTimestamp: 5,
        maxTimestamp: 9,
        lastOffsetDelta: records.length - 1,
      });
    expect((await batch(lean)).buffer.equals((await batch(plain)).buffer)).toBe(true);
  });
});
