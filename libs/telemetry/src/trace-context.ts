// W3C trace context as it travels in records and rows, without going through a propagator and a carrier object.
// Promises: what comes out of traceContextOf() is always a valid traceparent; what goes into contextFrom() may be
// anything a stranger wrote, and an unreadable one is the same as none.
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

/** The context to send along: of `span`, else of the active span; with neither, a fresh unsampled trace begins. */
export function traceContextOf(span?: Span): TraceContext {
  const context = (span ?? trace.getActiveSpan())?.spanContext();
  if (!context || !isSpanContextValid(context)) return { traceparent: newTraceparent() };
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, '0');
  const traceparent = `00-${context.traceId}-${context.spanId}-${flags}`;
  const tracestate = context.traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** A context whose parent is the given one, for startSpan() and context.with(). */
export function contextFrom(received: { traceparent?: string | undefined; tracestate?: string | undefined }): Context {
  const parent = spanContextFrom(received);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

/** For links. */
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
