// The tracer of a process that exports no spans. Guarantees: a received trace context is passed on unchanged, with its
// sampled flag, because the next process may export; a trace that begins here has valid ids; spans cost very little.
import { randomBytes } from 'node:crypto';
import {
  context,
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

export class PassThroughTracerProvider implements TracerProvider {
  private readonly tracer = new PassThroughTracer();

  getTracer(): Tracer {
    return this.tracer;
  }
}

class PassThroughTracer implements Tracer {
  startSpan(_name: string, options?: SpanOptions, parent: Context = context.active()): Span {
    const inherited = options?.root ? undefined : trace.getSpanContext(parent);
    if (inherited && isSpanContextValid(inherited)) return trace.wrapSpanContext(inherited);
    const ids = randomBytes(24).toString('hex');
    return trace.wrapSpanContext({ traceId: ids.slice(0, 32), spanId: ids.slice(32), traceFlags: TraceFlags.NONE });
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const work = rest.at(-1) as F;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : undefined;
    const parent = rest.length > 2 ? (rest[1] as Context) : context.active();
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), () => work(span)) as ReturnType<F>;
  }
}
