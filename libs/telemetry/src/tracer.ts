// The one tracer of our own spans. Looked up at each call: the global provider may be registered after this module.
import { ProxyTracerProvider, trace, type Tracer } from '@opentelemetry/api';
import { PassThroughTracerProvider } from './pass-through.ts';

const nobody = new ProxyTracerProvider().getDelegate();

export function tracer(): Tracer {
  return trace.getTracer('carillon');
}

/** Whether this process records spans at all. To be asked per batch, so that without tracing a record costs nothing. */
export function recordsSpans(): boolean {
  const provider = trace.getTracerProvider();
  const actual = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  return actual !== nobody && !(actual instanceof PassThroughTracerProvider);
}
