// Record batches as producers write them, as kafkajs alone would read them, and as nobody should write them.
import { isAscii } from 'node:buffer';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import type { FetchedRecord } from './fetched-record.ts';
import { FetchBudget, readRecordSet } from './read-record-set.ts';

interface Encoded {
  buffer: Buffer;
}

const require = createRequire(import.meta.url);
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoded;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoded>;
};
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<FetchedRecord[]>;
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => object;

interface Given {
  key?: Buffer | string | null;
  value?: Buffer | string | null;
  headers?: object;
  timestampDelta?: number;
}

/** A batch of one record each for what is given, from `firstOffset` on, its body changed by `pack`. */
async function batchOf(
  given: Given[],
  { firstOffset = 0, codec = 0, pack = (bytes: Buffer) => bytes, count = given.length } = {},
): Promise<Buffer> {
  const records = given.map((record, offsetDelta) =>
    encodeRecord({ key: null, value: null, headers: {}, timestampDelta: 0, ...record, offsetDelta }),
  );
  const batch = {
    records,
    firstOffset,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_009,
    lastOffsetDelta: given.length - 1,
  };
  const { buffer } = await RecordBatch(batch);
  return withBody(buffer, pack(buffer.subarray(61)), codec, count);
}

function withBody(batch: Buffer, body: Buffer, codec: number, count: number): Buffer {
  const packed = Buffer.concat([batch.subarray(0, 61), body]);
  packed.writeInt32BE(packed.length - 12, 8);
  packed.writeInt16BE(codec, 21);
  packed.writeInt32BE(count, 57);
  return packed;
}

const read = (set: Buffer, from = 0): Promise<FetchedRecord[]> => readRecordSet(set, from, new FetchBudget());
const offsets = (records: FetchedRecord[]): number[] => records.map(({ offset }) => Number(offset));

function xerial(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = compressSync(bytes.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat(blocks);
}

const codecs: [string, number, (bytes: Buffer) => Buffer][] = [
  ['gzip', 1, gzipSync],
  ['snappy, raw', 2, compressSync],
  ['snappy in xerial’s stream', 2, xerial],
  ['lz4', 3, (bytes) => compressFrameSync(bytes)],
  ['lz4 with checksums', 3, (bytes) => compressFrameSync(bytes, { blockChecksums: true, contentChecksum: true })],
  ['zstd', 4, zstdCompressSync],
];

const ordinary: Given[] = [0, 1, 40, 63, 64, 127, 500, 512, 70_000].flatMap((length, i) => [
  { key: 'k'.repeat(length), value: Buffer.alloc(length, i), timestampDelta: length * 1_000 },
  {
    value: 'ä'.repeat(length),
    headers: { größe: 'ü'.repeat(length), empty: '', n: '1' },
    timestampDelta: 3_000_000_000,
  },
  { key: Buffer.from([0, 255]), headers: { ce_id: Buffer.alloc(length), constructor_: 'x' }, timestampDelta: -5 },
]);

/** Short ASCII is text here; kafkajs gives bytes. */
const textual = (headers: FetchedRecord['headers']): FetchedRecord['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) && value.length <= 512 && isAscii(value) ? value.toString() : value,
    ]),
  );

describe('reading record batches', () => {
  test('gives the same records as kafkajs alone', async () => {
    const set = Buffer.concat([await batchOf(ordinary), await batchOf(ordinary.slice(0, 3), { firstOffset: 100 })]);
    const size = Buffer.alloc(4);
    size.writeInt32BE(set.length);
    const theirs = await decodeMessages(new Decoder(Buffer.concat([size, set])));
    const ours = await read(set);
    expect(ours).toHaveLength(30);
    for (const [
      i,
      { attributes, offset, timestamp, key, value, headers, isControlRecord, batchContext },
    ] of theirs.entries()) {
      const { producerId, inTransaction } = batchContext;
      const expected = {
        offset,
        timestamp,
        attributes,
        key,
        value,
        headers: textual(headers),
        isControlRecord,
        batchContext: { producerId, inTransaction },
      };
      expect(isDeepStrictEqual(ours[i], expected)).toBe(true);
    }
  });

  test('a header is what it was, whatever the record before had in its place', async () => {
    const values = ['same', 'same', 'some', 'sam', '', 'säm', Buffer.from([0x73, 0x80]), 'same', 'x'.repeat(600)];
    const records = await read(
      await batchOf(values.map((value, i) => ({ headers: i % 2 ? { a: value, b: 'same' } : { b: value, a: 'same' } }))),
    );
    const found = records.map(({ headers }, i) => headers[i % 2 ? 'a' : 'b']);
    expect(found.map((value) => Buffer.from(value as string))).toEqual(
      values.map((value) => Buffer.from(value as string)),
    );
    expect(records.map(({ headers }, i) => headers[i % 2 ? 'b' : 'a'])).toEqual(values.map(() => 'same'));
  });

  test('a header may have any name, and stand any number of times', async () => {
    const headers = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['t', ['1', '2', '3']],
    ]) as object;
    const [record] = await read(await batchOf([{ headers }]));
    expect(Object.keys(record!.headers)).toEqual(['__proto__', 'constructor', 't']);
    expect(record!.headers['t']).toEqual(['1', '2', '3']);
    expect(String(record!.headers['constructor'])).toBe('y');
  });

  test('a header that stands 300,000 times is read once', async () => {
    const values = Array.from({ length: 300_000 }, (_, i) => (i % 3 ? 'v' : Buffer.from([0xff])));
    const [record] = await read(await batchOf([{ headers: { again: values, last: 'x' } }]));
    expect(record!.headers['again']).toHaveLength(values.length);
    expect(record!.headers['last']).toBe('x');
  });

  test('names of headers are read anew where they differ from the record before', async () => {
    const names = [['a', 'b'], ['b', 'a'], ['ab'], ['größe'], ['größf'], ['grosse', 'b'], []];
    const batch = await batchOf(
      names.map((some) => ({ headers: Object.fromEntries(some.map((name) => [name, 'x'])) })),
    );
    expect((await read(batch)).map(({ headers }) => Object.keys(headers))).toEqual(names);
  });

  test.each(codecs)('reads %s', async (_name, codec, pack) => {
    const plain = await read(await batchOf(ordinary));
    expect(isDeepStrictEqual(await read(await batchOf(ordinary, { codec, pack })), plain)).toBe(true);
  });

  test('a batch that the size of the fetch has cut is left for the next fetch', async () => {
    const first = await batchOf([{ value: 'a' }]);
    const second = await batchOf([{ value: 'b' }], { firstOffset: 1 });
    expect(offsets(await read(Buffer.concat([first, second.subarray(0, -1)])))).toEqual([0]);
  });

  test('records before the offset that was asked for are left out, unless there are no others', async () => {
    const set = await batchOf([{ value: 'a' }, { value: 'b' }, { value: 'c' }], { codec: 1, pack: gzipSync });
    expect(offsets(await read(set, 1))).toEqual([1, 2]);
    const compacted = Buffer.from(set);
    compacted.writeInt32BE(9, 23);
    expect(offsets(await read(compacted, 7))).toEqual([2]);
  });

  test('the broker’s clock counts where the topic says so', async () => {
    const set = await batchOf([{ value: 'a', timestampDelta: 3 }]);
    set.writeInt16BE(0x08, 21);
    expect((await read(set))[0]!.timestamp).toBe('1700000000009');
  });
});

describe('a batch that can’t be read', () => {
  const zeros = Buffer.alloc(68_000_000);

  test.each(codecs)(
    'is skipped where %s hides more than the limit, and the next one is read',
    async (_name, codec, pack) => {
      const set = Buffer.concat([
        await batchOf([{}], { firstOffset: 5, codec, pack: () => pack(zeros) }),
        await batchOf([{ value: 'next' }], { firstOffset: 6 }),
      ]);
      const [fault, next] = await read(set, 5);
      expect(fault).toMatchObject({
        offset: '5',
        key: null,
        value: null,
        fault: { code: 'decompression_limit', firstOffset: '5' },
      });
      expect(fault!.fault!.detail).toMatch(
        /^offset 5: the record batch \(\w+, \d+ bytes\) decompresses to more than 67108864 bytes$/,
      );
      expect(String(next!.value)).toBe('next');
    },
  );

  test.each([
    ['a snappy block that claims 4 GB', 2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])],
    [
      'xerial blocks that claim 4 GB',
      2,
      Buffer.concat([xerial(Buffer.alloc(0)), Buffer.from([0, 0, 0, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])]),
    ],
  ])('is skipped for %s', async (_what, codec, body) => {
    const [record] = await read(await batchOf([{}], { codec, pack: () => body }));
    expect(record!.fault).toMatchObject({ code: 'decompression_limit' });
  });

  test('is skipped where it holds a million records', async () => {
    const set = await batchOf([{}, {}], { codec: 1, pack: gzipSync, count: 1_000_000 });
    expect((await read(set))[0]!.fault).toMatchObject({
      code: 'decompression_limit',
      detail: expect.stringMatching(/^offsets 0 to 1: .*holds 1000000 records/) as unknown,
    });
  });

  test.each([5, 6, 7])('is skipped for codec %d, which nobody knows', async (codec) => {
    const [record, next] = await read(
      Buffer.concat([await batchOf([{}, {}], { codec }), await batchOf([{ value: 'next' }], { firstOffset: 2 })]),
    );
    expect(record).toMatchObject({
      offset: '1',
      fault: {
        code: 'unsupported_compression',
        firstOffset: '0',
        detail: expect.stringContaining(`codec ${codec}`) as unknown,
      },
    });
    expect(next!.offset).toBe('2');
  });

  test.each(codecs)('is skipped where %s is broken anywhere, and never throws', async (_name, codec, pack) => {
    const whole = await batchOf(ordinary.slice(0, 9), { codec, pack });
    let faults = 0;
    for (let at = 61; at < whole.length; at += 7) {
      const broken = Buffer.from(whole);
      broken[at]! ^= 0xff;
      const cut = Buffer.from(whole.subarray(0, at));
      cut.writeInt32BE(at - 12, 8);
      for (const set of [broken, cut]) faults += (await read(set)).filter(({ fault }) => fault).length;
    }
    expect(faults).toBeGreaterThan(10);
  });

  test('is skipped where it announces more records than it holds', async () => {
    expect((await read(await batchOf([{}, {}], { count: 3 })))[0]!.fault).toMatchObject({ code: 'unreadable_batch' });
  });

  test('is skipped where it is of a format from before Kafka 0.11', async () => {
    const set = await batchOf([{}], { firstOffset: 3 });
    set[16] = 1;
    expect((await read(set))[0]).toMatchObject({ offset: '3', fault: { code: 'unsupported_record_format' } });
  });
});

describe('what is large but allowed', () => {
  test('is handed over in parts, each record once', async () => {
    const given = Array.from({ length: 12 }, (_, i) => ({ value: Buffer.alloc(1_000_000, i) }));
    const set = await batchOf(given, { codec: 4, pack: zstdCompressSync });
    const seen: number[] = [];
    let fetches = 0;
    for (; seen.length < 12; fetches++) {
      const records = await read(set, seen.length);
      for (const { offset, value } of records) {
        expect(value!.equals(given[Number(offset)]!.value)).toBe(true);
        seen.push(Number(offset));
      }
      expect(records.length).toBeLessThanOrEqual(5);
    }
    expect(seen).toEqual(given.map((_, i) => i));
    expect(fetches).toBeLessThan(6);
  });

  test('of several partitions is shared out by one budget', async () => {
    const set = await batchOf(
      Array.from({ length: 6 }, () => ({ value: Buffer.alloc(1_000_000) })),
      { codec: 4, pack: zstdCompressSync },
    );
    const budget = new FetchBudget();
    let partitions = 0;
    for (; !budget.spent; partitions++) await readRecordSet(set, 0, budget);
    expect(partitions).toBeLessThanOrEqual(5);
  });
});
