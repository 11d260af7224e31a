// The trace context that a record derived from another record carries on. Guarantee: it fits into some 600 bytes,
// whatever the producer of the first record wrote: the W3C lets a participant drop a tracestate of more than 512
// characters, and what follows a traceparent's first 55 belongs to versions to come.
import type { TraceContext } from '@carillon/telemetry';

const traceparentLength = 55;
const longestTracestate = 512;

export function carriedTrace(traceparent: string, tracestate: string | undefined): TraceContext {
  const parent = traceparent.length > traceparentLength ? traceparent.slice(0, traceparentLength) : traceparent;
  return tracestate && tracestate.length <= longestTracestate
    ? { traceparent: parent, tracestate }
    : { traceparent: parent };
}
