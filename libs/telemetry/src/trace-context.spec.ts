import { describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PassThroughTracerProvider } from './pass-through.ts';
import { contextFrom, traceContextOf, traceIdOf } from './trace-context.ts';

const received = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=x' };

describe('trace context of a record', () => {
  test('what was received goes on as it came', () => {
    const span = trace.getSpan(contextFrom(received));
    expect(traceContextOf(span)).toEqual(received);
  });

  test.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a text that is no traceparent', 'hello'],
    ['an all-zero trace', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['a version that is reserved', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['upper case', '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01'],
  ])('%s is the same as none', (_, traceparent) => {
    expect(trace.getSpanContext(contextFrom({ traceparent }))).toBeUndefined();
  });

  test('without a span there is still a valid one, a new trace each time', () => {
    const first = traceContextOf().traceparent;
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceContextOf().traceparent).not.toBe(first);
  });

  test('the trace id is readable from a stored traceparent', () => {
    expect(traceIdOf(received.traceparent)).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(traceIdOf(null)).toBeUndefined();
    expect(traceIdOf('no')).toBeUndefined();
  });
});

describe('a process that exports nothing', () => {
  const tracer = new PassThroughTracerProvider().getTracer();

  test('hands a received context on unchanged, sampled flag included', () => {
    expect(traceContextOf(tracer.startSpan('process', {}, contextFrom(received)))).toEqual(received);
  });

  test('begins a valid unsampled trace where none was received, or where a new root is wanted', () => {
    const root = traceContextOf(tracer.startSpan('start')).traceparent;
    const forced = traceContextOf(tracer.startSpan('start', { root: true }, contextFrom(received))).traceparent;
    for (const traceparent of [root, forced]) expect(traceparent).toMatch(/-00$/);
    expect(traceIdOf(forced)).not.toBe(traceIdOf(received.traceparent));
  });

  test('makes its span active for the work it wraps', () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const seen = tracer.startActiveSpan('work', {}, contextFrom(received), () => traceContextOf());
    expect(seen).toEqual(received);
    context.disable();
  });
});
