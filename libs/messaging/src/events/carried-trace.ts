// The trace context that a record takes over from the record it derives from. Guarantee: it has at most 600 bytes,
// whatever the producer of the first record wrote. W3C Trace Context allows dropping a tracestate of more than 512
// characters; characters after the first 55 of a traceparent belong to future versions.
import type { TraceContext } from '@carillon/telemetry';

const traceparentLength = 55;
const longestTracestate = 512;

export function carriedTrace(traceparent: string, tracestate: string | undefined): TraceContext {
  const parent = traceparent.length > traceparentLength ? traceparent.slice(0, traceparentLength) : traceparent;
  return tracestate && tracestate.length <= longestTracestate
    ? { traceparent: parent, tracestate }
    : { traceparent: parent };
}
