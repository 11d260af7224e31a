// The W3C trace context of records and rows, without a propagator and a carrier object. Guarantees: traceContextOf()
// returns a valid traceparent; contextFrom() accepts any text, and treats one that is not valid like none.
import { randomBytes } from 'node:crypto';
import {
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';

export interface TraceContext {
  traceparent: string;
  tracestate?: string;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** The context of `span`, or else of the active span; without either, that of a new, unsampled trace. */
export function traceContextOf(span?: Span): TraceContext {
  const context = (span ?? trace.getActiveSpan())?.spanContext();
  if (!context || !isSpanContextValid(context)) return { traceparent: newTraceparent() };
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, '0');
  const traceparent = `00-${context.traceId}-${context.spanId}-${flags}`;
  const tracestate = context.traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** A context with the given span as its parent, for startSpan() and context.with(). */
export function contextFrom(received: { traceparent?: string | undefined; tracestate?: string | undefined }): Context {
  const parent = spanContextFrom(received);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

/** The span context for the links of a span. */
export function spanContextFrom(received: {
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}): SpanContext | undefined {
  const match = received.traceparent ? TRACEPARENT.exec(received.traceparent) : null;
  if (!match) return undefined;
  const context: SpanContext = {
    traceId: match[1]!,
    spanId: match[2]!,
    traceFlags: Number.parseInt(match[3]!, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(received.tracestate ? { traceState: createTraceState(received.tracestate) } : {}),
  };
  return isSpanContextValid(context) ? context : undefined;
}

export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return traceparent ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

function newTraceparent(): string {
  const ids = randomBytes(24).toString('hex');
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-00`;
}
