import { describe, expect, test } from '@jest/globals';
import { encode } from './encode.ts';
import { bytesOf } from '../publishing/send-plan.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { carriedTrace } from './carried-trace.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the trace context of a derived record', () => {
  test('is carried on as it is', () => {
    expect(carriedTrace(traceparent, 'vendor=x')).toEqual({ traceparent, tracestate: 'vendor=x' });
    expect(carriedTrace(traceparent, 'x'.repeat(512)).tracestate).toHaveLength(512);
  });

  test('of a megabyte does not make the derived record too large', () => {
    expect(carriedTrace(`${traceparent}-${'x'.repeat(1_000_000)}`, 'x'.repeat(1_000_000))).toEqual({ traceparent });
    const record = encode(uniqueTopic(), {
      id: '1',
      source: '/s',
      data: { n: 1 },
      traceparent: `${traceparent}-${'x'.repeat(1_000_000)}`,
      tracestate: 'x'.repeat(1_000_000),
    });
    expect(bytesOf(record)).toBeLessThan(1_000);
    expect(record.headers['traceparent']).toBe(traceparent);
  });
});
