import { describe, expect, test } from '@jest/globals';
import type { HeaderValue } from '../records/record.ts';
import { largestDeadLetterBytes } from '../publishing/record-limits.ts';
import { bytesOf } from '../publishing/send-plan.ts';
import { deadLetter, retryOf } from './dead-letter.ts';
import { digestOf } from './digest.ts';
import type { Rejection } from '../records/rejection.ts';

const raw = {
  key: Buffer.from([0, 255]),
  value: Buffer.from([1, 2, 0xff]),
  headers: { ce_id: Buffer.from('r-1'), twice: [Buffer.from('a'), Buffer.from('b')], nothing: null as never },
};
const rejection = {
  topic: 't.v1',
  partition: 3,
  offset: '42',
  code: 'not_json',
  detail: 'not JSON at line 1, column 1',
  key: 'k',
  raw,
};
const withRaw = (changes: Partial<Rejection['raw']>): Rejection => ({ ...rejection, raw: { ...raw, ...changes } });
const placed = (letter: object) => ({ ...letter, partition: 0, offset: '9' }) as never;

describe('dead letters', () => {
  test('keep key, value and headers and say why and where from', () => {
    const letter = deadLetter(rejection, new Date(0));
    expect(letter.topic).toBe('t.v1.dlq');
    expect(letter.key).toBe(raw.key);
    expect(letter.value).toBe(raw.value);
    expect(letter.headers).toEqual({
      ...{ ce_id: raw.headers.ce_id, twice: raw.headers.twice, nothing: Buffer.alloc(0), dlq_null_headers: 'nothing' },
      ...{
        dlq_reason: 'not_json',
        dlq_detail: rejection.detail,
        dlq_topic: 't.v1',
        dlq_partition: '3',
        dlq_offset: '42',
        dlq_at: '1970-01-01T00:00:00.000Z',
      },
    });
  });

  test('a retry is the original again, and remembers which letter it was', () => {
    const again = retryOf(placed(deadLetter(rejection)), 't.v1');
    expect(again).toMatchObject({ topic: 't.v1', key: raw.key, value: raw.value });
    expect(again.headers).toEqual({
      ce_id: raw.headers.ce_id,
      twice: raw.headers.twice,
      nothing: Buffer.alloc(0),
      dlq_retried_from: 't.v1.dlq/0/9',
    });
  });

  test('a producer’s own dlq_ headers cannot hide or forge the reason, and a retry restores them', () => {
    const headers = {
      dlq_reason: 'forged',
      dlq_retried: '5',
      DLQ_at: 'x',
      original_dlq_topic: 'y',
      dlq_truncated: 'value',
      ['__proto__']: 'p',
      '': 'empty',
    };
    const own = Object.defineProperty({ ...headers }, '__proto__', {
      value: 'p',
      enumerable: true,
      configurable: true,
      writable: true,
    });
    const letter = deadLetter(withRaw({ headers: own }));
    expect(letter.headers).toMatchObject({
      dlq_reason: 'not_json',
      original_dlq_reason: 'forged',
      original_dlq_retried: '5',
      original_DLQ_at: 'x',
      original_original_dlq_topic: 'y',
      original_dlq_truncated: 'value',
    });
    expect(Object.keys(letter.headers)).not.toEqual(expect.arrayContaining(['dlq_retried']));
    expect(Object.keys(letter.headers)).not.toEqual(expect.arrayContaining(['dlq_truncated']));
    const again = retryOf(placed(letter), 't.v1');
    expect(Object.entries(again.headers).filter(([name]) => name !== 'dlq_retried_from')).toEqual(Object.entries(own));
  });
});

describe('a record that is larger than a dead letter', () => {
  const many = (count: number, value: string): Record<string, HeaderValue> =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`h-${n}`, value]));
  const hostile: [name: string, raw: Partial<Rejection['raw']>, missing: string][] = [
    ['value of 3 MB', { value: Buffer.alloc(3_000_000, 'é') }, 'value'],
    [
      'value of 1 MB beside headers of 1 MB',
      { value: Buffer.alloc(1_000_000, 'x'), headers: { tracestate: Buffer.alloc(1_000_000, 'x') } },
      'headers',
    ],
    ['key of 2 MB', { key: Buffer.alloc(2_000_000, 'k') }, 'key'],
    ['header of 2 MB', { headers: { ce_id: Buffer.from('r-1'), tracestate: Buffer.alloc(2_000_000, 'x') } }, 'headers'],
    ['100,000 headers', { headers: many(100_000, 'some value') }, 'headers'],
    [
      'one name 200,000 times',
      { headers: { again: Array.from({ length: 200_000 }, () => Buffer.from('v')) } },
      'headers',
    ],
    ['100,000 headers without a value', { headers: many(100_000, null as never) }, 'headers'],
    ['a header name of 2 MB', { headers: { ['ü'.repeat(1_000_000)]: 'v' } }, 'headers'],
    [
      'everything too large',
      { key: Buffer.alloc(2_000_000), value: Buffer.alloc(9_000_000), headers: many(50_000, 'x'.repeat(100)) },
      'key,headers,value',
    ],
  ];

  test.each(hostile)('%s: the letter fits, says what is missing and keeps the reason', (_, changes, missing) => {
    const whole = withRaw(changes);
    for (const budget of [largestDeadLetterBytes, 30_000, 4_000]) {
      const letter = deadLetter(whole, new Date(0), budget);
      expect(bytesOf(letter)).toBeLessThanOrEqual(budget);
      expect(String(letter.headers['dlq_truncated'])).toContain(missing.split(',')[0]);
      expect(letter.headers).toMatchObject({
        dlq_reason: 'not_json',
        dlq_topic: 't.v1',
        dlq_partition: '3',
        dlq_offset: '42',
        dlq_sha256: digestOf(whole.raw),
      });
      expect(letter.headers).toMatchObject({
        dlq_value_bytes: String(whole.raw.value!.length),
        dlq_key_bytes: String(whole.raw.key!.length),
      });
    }
    expect(deadLetter(whole).headers['dlq_truncated']).toBe(missing);
  });

  test('of the headers, those of the event are kept before others', () => {
    const headers = { ...many(60_000, 'x'.repeat(20)), ce_id: 'r-1', ce_source: '/s', traceparent: 'tp' };
    const letter = deadLetter(withRaw({ headers }));
    expect(letter.headers).toMatchObject({
      ce_id: 'r-1',
      ce_source: '/s',
      traceparent: 'tp',
      dlq_headers_count: '60003',
      dlq_headers_omitted: '59003',
    });
  });

  test('a value is not cut inside a character', () => {
    const letter = deadLetter(withRaw({ value: Buffer.from('€'.repeat(1_000_000)) }));
    expect(String(letter.value)).toMatch(/^€+$/);
    expect(bytesOf(letter)).toBeGreaterThan(largestDeadLetterBytes - 10);
  });

  test('a detail of any length fits', () => {
    expect(bytesOf(deadLetter({ ...rejection, detail: '€'.repeat(1_000_000) }, new Date(0), 4_000))).toBeLessThan(
      4_000,
    );
  });
});
