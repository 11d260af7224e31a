// Records and batches that unpack to far more than they are.
import { describe, expect, test } from '@jest/globals';
import { codecs, type Codec, type ForeignRecord } from './clients.ts';
import {
  admin,
  expectLetters,
  goodRecord,
  letters,
  nextValid,
  partition,
  produce,
  rejectedNumber,
  topicNames,
  validAt,
  type ExpectedLetter,
  type TopicName,
} from './context.ts';
import { everythingRead } from './services.ts';
import { until } from '../until.ts';

/** The offsets that no dead letter for a batch beyond the limit covers. */
function notCovered(topic: string, offsets: readonly number[]): number[] {
  const covered = letters.offsets(topic, partition).flatMap((offset) => {
    const batch = letters
      .of(topic, { partition, offset })
      .find(({ reason, detail }) => reason === 'decompression_limit' && /more than|limit|at most/.test(detail));
    return batch ? [[Number(offset), Number(batch.lastOffset)] as const] : [];
  });
  return offsets.filter((offset) => !covered.some(([first, last]) => first <= offset && offset <= last));
}

describe('records that unpack to far more than they are', () => {
  const bytesEach = 3_000_000;

  test.each(codecs.filter((codec) => codec !== 'none'))(
    '%s: 3 MB of no JSON and 9 MB of white space, on every topic, between valid ones of the same batch',
    async (codec) => {
      const bombs: (Omit<ExpectedLetter, 'placed'> & { record: ForeignRecord })[] = [];
      const records = topicNames.flatMap((name) => {
        const { topic, record: good } = goodRecord(name, rejectedNumber);
        const [noJson, tooLarge] = [
          { ...good, value: Buffer.from('{'), padTo: bytesEach },
          { ...good, padTo: 9_000_000 },
        ];
        bombs.push({
          kind: `${name}, 3 MB`,
          topic: topic.name,
          record: noJson,
          reason: /^not_json$/,
          detail: /too early/,
        });
        bombs.push({
          kind: `${name}, 9 MB`,
          topic: topic.name,
          record: tooLarge,
          reason: /^value_too_large$/,
          detail: /9000000 bytes; at most/,
        });
        return [nextValid(name), noJson, nextValid(name), tooLarge, nextValid(name)];
      });
      const placed = await produce(records, codec);
      for (const [n, one] of records.entries())
        if (!bombs.some((bomb) => bomb.record === one)) validAt.push({ topic: one.topic, placed: placed[n]! });
      await expectLetters(
        bombs.map(({ record: one, ...rest }) => ({ ...rest, placed: placed[records.indexOf(one)]! })),
      );
    },
  );

  test.each([
    ['gzip', topicNames],
    ['zstd', topicNames],
    ['lz4', ['requested']],
  ] as [Codec, TopicName[]][])('%s: 180 MB in one batch is one dead letter that says so', async (codec, names) => {
    for (const name of names) {
      const { topic, record: good } = goodRecord(name, rejectedNumber);
      const placed = await produce([{ ...good, value: Buffer.from('{'), padTo: bytesEach, copies: 60 }], codec);
      const offsets = placed.map((one) => Number(one.error === undefined ? one.offset : Number.NaN));
      await everythingRead(admin);
      // The letters are written before the offset is committed, but this process may read them later.
      await until('the dead letters of the batch', () => notCovered(topic.name, offsets).length === 0).catch(
        () => undefined,
      );
      expect(notCovered(topic.name, offsets)).toEqual([]);
      await produce([nextValid(name)], codec).then(([one]) => validAt.push({ topic: topic.name, placed: one! }));
    }
  });

  test('what the broker refuses reaches nobody: more than 1 MB packed, and a state without a key', async () => {
    const large = await produce(
      [{ ...goodRecord('requested', rejectedNumber).record, padTo: bytesEach, copies: 60 }],
      'snappy',
    );
    expect(new Set(large.map(({ error }) => error))).toEqual(new Set(['MSG_SIZE_TOO_LARGE']));
    const [keyless] = await produce([{ ...goodRecord('member', rejectedNumber).record, key: null }]);
    expect(keyless!.error).toBeDefined();
  });
});
