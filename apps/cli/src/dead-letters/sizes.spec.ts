import { describe, expect, test } from '@jest/globals';
import type { DeadLetterSummary } from '@carillon/messaging';
import { missingOf, sizeColumn, sizeText } from './sizes.ts';

const summary = (missing: DeadLetterSummary['missing'], value: number): DeadLetterSummary => ({
  ...{
    topic: 't.dlq',
    partition: 0,
    offset: '1',
    reason: 'r',
    detail: 'd',
    event: {},
    from: { topic: 't', partition: 0, offset: '1' },
    at: '',
    missing,
  },
  size: {
    held: { key: 3, value: Math.min(value, 1_100_000), headers: 7 },
    original: { key: 3, value, headers: 10_000 },
  },
});

describe('sizes of dead letters', () => {
  test('are said in units that people read', () => {
    expect([0, 999, 1_000, 3_000_000, 5e12].map(sizeText)).toEqual(['0 B', '999 B', '1.0 kB', '3.0 MB', '5000.0 GB']);
  });

  test('name what is missing', () => {
    expect(sizeColumn(summary([], 412))).toBe('412 B');
    expect(sizeColumn(summary(['value', 'headers'], 3_000_000))).toBe('3.0 MB, truncated');
    expect(missingOf(summary(['headers', 'value'], 3_000_000))).toBe(
      'headers: 7 of 10000 are held; value: 1.1 MB of 3.0 MB are held',
    );
    expect(sizeColumn(summary(['batch'], 0))).toBe('batch');
    expect(missingOf(summary(['batch'], 0))).toBe('no record of the batch could be read');
  });
});
