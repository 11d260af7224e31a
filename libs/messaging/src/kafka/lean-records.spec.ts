import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { leanRecords } from './lean-records.ts';

type Encode = (record: object) => { buffer: Buffer };
interface Codec {
  encode: Encode;
  batch: (batch: object) => Promise<{ buffer: Buffer }>;
  decode: (buffer: Buffer) => { key: Buffer | null; value: Buffer | null; headers: Record<string, unknown> };
}

const require = createRequire(import.meta.url);

function loadCodec(): Codec {
  const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => { readVarIntBytes(): Buffer };
  const read = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (decoder: object, context: object) => ReturnType<Codec['decode']>;
  const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: Codec['batch'] };
  return {
    encode: require('kafkajs/src/protocol/recordBatch/record/v0') as Encode,
    batch: RecordBatch,
    decode: (buffer) => read(new Decoder(new Decoder(buffer).readVarIntBytes()), { firstOffset: '0', firstTimestamp: '0' }),
  };
}

// Loaded twice: once left as it is, once patched.
const plain = loadCodec();
jest.resetModules();
leanRecords();
const lean = loadCodec();

const records = [0, 1, 40, 62, 63, 64, 65, 127, 499, 500, 511, 512, 5_000, 70_000].flatMap((length, i) => [
  { key: 'k'.repeat(length), value: Buffer.alloc(length, i), headers: {}, offsetDelta: length, timestampDelta: length * 1_000 },
  { key: null, value: 'ä'.repeat(length), headers: { 'größe': 'ü'.repeat(length), empty: '', twice: ['a', Buffer.from('b')], n: '1'.repeat(length) }, offsetDelta: 1, timestampDelta: 3_000_000_000 },
  { key: Buffer.from([0, 255]), value: null, headers: { ce_id: Buffer.alloc(length), constructor_: 'x' }, offsetDelta: 0, timestampDelta: -5 },
]);

describe('leanRecords', () => {
  test('is compared with a kafkajs that is not patched', () => expect(lean.encode).not.toBe(plain.encode));

  test('writes the same bytes as kafkajs alone', async () => {
    for (const record of records) expect(lean.encode(record).buffer.equals(plain.encode(record).buffer)).toBe(true);
    const batch = (codec: Codec) => codec.batch({ records: records.map((record) => codec.encode(record)), firstTimestamp: 5, maxTimestamp: 9, lastOffsetDelta: records.length - 1 });
    expect((await batch(lean)).buffer.equals((await batch(plain)).buffer)).toBe(true);
  });

  test('reads the same as kafkajs alone', () => {
    for (const record of records) {
      const { buffer } = plain.encode(record);
      expect(isDeepStrictEqual(lean.decode(buffer), plain.decode(buffer))).toBe(true);
    }
  });

  test('a header may have any name, and stand any number of times', () => {
    const headers = Object.fromEntries([['__proto__', 'x'], ['constructor', 'y'], ['t', ['1', '2', '3']]]) as object;
    const decoded = lean.decode(lean.encode({ key: null, value: null, headers }).buffer).headers;
    expect(Object.keys(decoded)).toEqual(['__proto__', 'constructor', 't']);
    expect(decoded['t']).toEqual(['1', '2', '3'].map((text) => Buffer.from(text)));
    expect(String(decoded['constructor'])).toBe('y');
  });
});
