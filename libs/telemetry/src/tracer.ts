// The tracer of Carillon's own spans. It is looked up at each call, because the global provider may be registered after
// this module was loaded.
import { ProxyTracerProvider, trace, type Tracer } from '@opentelemetry/api';
import { PassThroughTracerProvider } from './pass-through.ts';

const nobody = new ProxyTracerProvider().getDelegate();

export function tracer(): Tracer {
  return trace.getTracer('carillon');
}

/** Whether this process records spans. Callers ask once per batch, so that without tracing a record costs nothing. */
export function recordsSpans(): boolean {
  const provider = trace.getTracerProvider();
  const actual = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  return actual !== nobody && !(actual instanceof PassThroughTracerProvider);
}
