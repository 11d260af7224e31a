import { describe, expect, test } from '@jest/globals';
import { cutTracestate, traceHeadersOf } from './trace-headers.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the trace context of a record', () => {
  test.each([
    ['is missing', undefined],
    ['has capitals', traceparent.toUpperCase()],
    ['names no trace', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['names no span', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
    ['is of the version that is none', `ff${traceparent.slice(2)}`],
    ['goes on', `${traceparent}-${'x'.repeat(1_000_000)}`],
    ['is empty', ''],
  ])('is dropped, tracestate and all, where the traceparent %s', (_what, parent) => {
    for (const value of [parent, parent === undefined ? undefined : Buffer.from(parent)]) {
      expect(traceHeadersOf(value, 'a=b')).toEqual({});
    }
  });

  test('is read from text, bytes and headers that stand twice', () => {
    expect(traceHeadersOf(traceparent, 'a=b,c@d=e f')).toEqual({ traceparent, tracestate: 'a=b,c@d=e f' });
    expect(traceHeadersOf([Buffer.from('x'), Buffer.from(traceparent)], Buffer.from('a=b'))).toEqual({
      traceparent,
      tracestate: 'a=b',
    });
  });

  test('a tracestate of 1 MB is cut to whole members, at most 512 characters', () => {
    const long = Array.from({ length: 60_000 }, (_, i) => `vendor${i}=value-${i}`).join(',');
    const { tracestate } = traceHeadersOf(traceparent, Buffer.from(long));
    expect(tracestate!.length).toBeLessThanOrEqual(512);
    expect(tracestate!.length).toBeGreaterThan(400);
    expect(long.startsWith(`${tracestate!},`)).toBe(true);
  });

  test.each([
    ['one member of 1 MB', `a=${'x'.repeat(1_000_000)}`, undefined],
    [
      'members that are too long go first',
      `a=1,b=${'x'.repeat(200)},c=${'y'.repeat(200)},d=${'z'.repeat(120)},e=2`,
      `a=1,d=${'z'.repeat(120)},e=2`,
    ],
    ['what fits stays as it is', `a=1,b=${'x'.repeat(200)}`, `a=1,b=${'x'.repeat(200)}`],
    [
      'more than 32 members',
      Array.from({ length: 40 }, (_, i) => `k${i}=v`).join(','),
      Array.from({ length: 32 }, (_, i) => `k${i}=v`).join(','),
    ],
    ['empty members', 'a=1, ,b=2,', 'a=1,b=2'],
    ['a member without a value', 'a=1,b', undefined],
    ['a control character', 'a=1\n2', undefined],
    ['nothing', '', undefined],
  ])('of a tracestate, %s', (_what, text, expected) => {
    const cut = cutTracestate(text);
    expect(cut).toBe(expected);
  });
});
