// Each broken record is a dead letter that names the fault; the valid ones between them are handled.
import { notificationIdOf } from '@carillon/domain/ids';
import { describe, expect, test } from '@jest/globals';
import { type ForeignRecord, type Placed } from './clients.ts';
import {
  expectLetters,
  goodRecord,
  letters,
  nextValid,
  produce,
  productTopic,
  rejectedNumber,
  stage,
  topicNames,
  validAt,
  type TopicName,
} from './context.ts';
import { refusedForms } from './refused-envelopes.ts';
import { refusedOnTopic } from './refused-on-topic.ts';
import { source } from './valid-records.ts';
import { until } from '../until.ts';

describe('broken envelopes between valid ones', () => {
  const kinds = Object.fromEntries(
    topicNames.map((name) => [name, { ...refusedForms, ...refusedOnTopic[name] }]),
  ) as Record<TopicName, typeof refusedForms>;

  test.each(topicNames)('%s: each is a dead letter that names the fault, byte for byte where it fits', async (name) => {
    const topic = productTopic[name].name;
    const rejected = Object.entries(kinds[name]).map(([kind, { form, ...expected }], n) => {
      const good = goodRecord(name, rejectedNumber + n);
      return { kind, ...expected, record: { ...good.record, ...form(good) } };
    });
    expect(rejected.length).toBeGreaterThan(90);
    const records = rejected.flatMap(({ record: one }, n) => (n % 3 === 0 ? [nextValid(name), one] : [one]));
    records.push(nextValid(name));
    const placed = await produce(records);
    const placeOf = (one: ForeignRecord): Placed => placed[records.indexOf(one)]!;
    const bad = new Set(rejected.map(({ record: one }) => one));
    for (const one of records) if (!bad.has(one)) validAt.push({ topic, placed: placeOf(one) });
    await expectLetters(rejected.map(({ record: one, ...expected }) => ({ ...expected, topic, placed: placeOf(one) })));
    const unlike = rejected.filter(({ record: one }) => {
      const { key, value } = one;
      const place = placeOf(one);
      const letter = place.error === undefined ? letters.of(topic, place)[0] : undefined;
      return (
        letter && letter.headers['dlq_truncated'] === undefined && !(same(letter.key, key) && same(letter.value, value))
      );
    });
    expect(unlike.map(({ kind }) => kind)).toEqual([]);
  });

  test('a producer hears of a request that was refused, by the same reason', async () => {
    const names = Object.keys(kinds.requested);
    for (const [kind, reason] of Object.entries({
      'a field that is misspelt': 'invalid_payload',
      'NUL in a text': 'invalid_payload',
      'a type that is not declared': 'unknown_type',
    })) {
      const id = notificationIdOf('acme', source, `requested-${rejectedNumber + names.indexOf(kind)}`);
      await until(`the failed outcome of ${kind}`, () =>
        stage.outcomes.of(id).some((outcome) => outcome.outcome === 'failed' && outcome.reason === reason),
      );
    }
  });
});

const same = (a: Buffer | null, b: Buffer | null): boolean => a === b || (a !== null && b !== null && a.equals(b));
