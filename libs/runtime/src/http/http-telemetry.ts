// Records one server span, one measurement and one debug line for each request. Guarantees: a caller's trace is
// continued; the route is recorded instead of the path, so that ids make no new time series, and a token in a path (an
// unsubscribe link) is in no span and no log; probes and scrapes are not recorded.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { attributes, contextFrom, createLogger, tracer } from '@carillon/telemetry';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { NextFunction, Request, Response } from 'express';
import { requestDuration } from '../metrics.ts';

const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/** @param routeOf is asked when the answer ends */
export type RecordRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  routeOf: () => string,
  next: () => void,
) => void;

export function requestRecorder(isStopping: () => boolean): RecordRequest {
  const log = createLogger('http');

  return (request, response, routeOf, next) => {
    const { method = '' } = request;
    // Clients that keep connections open learn to go elsewhere.
    if (isStopping()) response.setHeader('connection', 'close');
    const parent = contextFrom({
      traceparent: headerOf(request, 'traceparent'),
      tracestate: headerOf(request, 'tracestate'),
    });
    const span = tracer().startSpan(
      method,
      { kind: SpanKind.SERVER, attributes: { [attributes.httpMethod]: method } },
      parent,
    );
    const active = trace.setSpan(parent, span);
    const began = performance.now();
    response.once('close', () => {
      const route = routeOf();
      const status = response.writableFinished ? response.statusCode : 499;
      const seconds = (performance.now() - began) / 1000;
      requestDuration.observe(
        {
          // Another method is counted as `other`.
          'http.request.method': method as 'GET',
          'http.route': route,
          'http.response.status_code': String(status),
        },
        seconds,
      );
      span.updateName(`${method} ${route}`);
      span.setAttributes({ [attributes.httpRoute]: route, [attributes.httpStatus]: status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      context.with(active, () => log.debug({ method, route, status, ms: Math.round(seconds * 1000) }, 'request'));
    });
    context.with(active, next);
  };
}

/** For the routes of the framework. */
export function httpTelemetry(record: RecordRequest) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (PROBES.has(request.path)) return next();
    record(request, response, () => routeOf(request), next);
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'unmatched';
}
