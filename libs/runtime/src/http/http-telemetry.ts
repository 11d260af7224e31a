// Records one server span, one measurement and one debug line for each request. Guarantees: a caller's trace is
// continued; the route is recorded instead of the path, so that ids make no new time series, and a token in a path (an
// unsubscribe link) is in no span and no log; probes and scrapes are not recorded.
import { attributes, contextFrom, createLogger, histogram, tracer } from '@carillon/telemetry';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { NextFunction, Request, Response } from 'express';

const PROBES = new Set(['/healthz', '/readyz', '/metrics']);
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function httpTelemetry(isStopping: () => boolean) {
  const log = createLogger('http');
  const duration = histogram('http_server_request_duration_seconds', 'Time to answer a request', BUCKETS, [
    'method',
    'route',
    'status',
  ]);

  return (request: Request, response: Response, next: NextFunction): void => {
    // Clients that keep connections open learn to go elsewhere.
    if (isStopping()) response.set('connection', 'close');
    if (PROBES.has(request.path)) return next();

    const parent = contextFrom({
      traceparent: headerOf(request, 'traceparent'),
      tracestate: headerOf(request, 'tracestate'),
    });
    const span = tracer().startSpan(
      request.method,
      { kind: SpanKind.SERVER, attributes: { [attributes.httpMethod]: request.method } },
      parent,
    );
    const active = trace.setSpan(parent, span);
    const began = performance.now();
    response.once('close', () => {
      const route = routeOf(request);
      const status = response.writableFinished ? response.statusCode : 499;
      const seconds = (performance.now() - began) / 1000;
      duration.observe({ method: request.method, route, status: String(status) }, seconds);
      span.updateName(`${request.method} ${route}`);
      span.setAttributes({ [attributes.httpRoute]: route, [attributes.httpStatus]: status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      context.with(active, () =>
        log.debug({ method: request.method, route, status, ms: Math.round(seconds * 1000) }, 'request'),
      );
    });
    context.with(active, next);
  };
}

function headerOf(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'unmatched';
}
