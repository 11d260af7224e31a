// Starts tracing. It is the first import of every main.ts, so that tracing is ready before the modules that it
// instruments are evaluated. Guarantees: everything here is synchronous (after a top-level await the next import would
// run first); a process without an exporter does not load the SDK.
// pg is loaded by require(): the instrumentation patches the prototypes of its classes, which `import 'pg'` shares. So
// no module-loader hook is needed, which would be registered too late for the static imports of main.ts.
import { createRequire } from 'node:module';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type * as PgInstrumentation from '@opentelemetry/instrumentation-pg';
import type * as UndiciInstrumentation from '@opentelemetry/instrumentation-undici';
import type * as SdkNode from '@opentelemetry/sdk-node';
import { metricReader } from './metric-export.ts';
import { collectProcessMetrics } from './metrics-registry.ts';
import { PassThroughTracerProvider } from './pass-through.ts';
import { serviceName } from './service-name.ts';
import { spanProcessor, type OtlpProtocol } from './span-export.ts';
import { stopTelemetry, stopWith } from './stop-telemetry.ts';
import { withoutQuery } from './url-without-query.ts';

collectProcessMetrics();
if (exportIsAskedFor(process.env)) startSdk();
else passThrough();

export { stopTelemetry };

function exportIsAskedFor(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const exporter = env['OTEL_TRACES_EXPORTER'];
  if (exporter) return exporter !== 'none';
  return Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
}

function passThrough(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new PassThroughTracerProvider());
}

function startSdk(): void {
  const require = createRequire(import.meta.url);
  const { NodeSDK } = require('@opentelemetry/sdk-node') as typeof SdkNode;
  const { PgInstrumentation: Pg } = require('@opentelemetry/instrumentation-pg') as typeof PgInstrumentation;
  const { UndiciInstrumentation: Undici } =
    require('@opentelemetry/instrumentation-undici') as typeof UndiciInstrumentation;

  // Without the detector `process`: a command line may contain a secret.
  process.env['OTEL_NODE_RESOURCE_DETECTORS'] ||= 'env,host,os,serviceinstance';
  const sdk = new NodeSDK({
    serviceName: serviceName(),
    textMapPropagator: new W3CTraceContextPropagator(),
    ...exportersOf(process.env),
    logRecordProcessors: [],
    instrumentations: [
      // A parent is required: otherwise each statement of a polling loop would be a trace of its own.
      new Pg({ requireParentSpan: true, ignoreConnectSpans: true, enhancedDatabaseReporting: false }),
      new Undici({
        requireParentforSpans: true,
        // Query strings may contain codes, tokens and signatures. No header is named here, so none is recorded.
        startSpanHook: (request) => withoutQuery(request.origin, request.path),
      }),
    ],
  });
  sdk.start();
  stopWith(() => sdk.shutdown());
  loadPgThroughRequire();
}

/** With another exporter than OTLP the SDK makes its own, and its spans are not counted. */
function exportersOf(env: NodeJS.ProcessEnv): Partial<SdkNode.NodeSDKConfiguration> {
  if ((env['OTEL_TRACES_EXPORTER'] || 'otlp') !== 'otlp') return { metricReaders: [] };
  const protocol = env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  const delayMs = positive(env['OTEL_BSP_SCHEDULE_DELAY']);
  const mostQueued = positive(env['OTEL_BSP_MAX_QUEUE_SIZE']);
  const spans = spanProcessor({
    protocol: protocolOf(env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || protocol),
    ...(delayMs !== undefined && { delayMs }),
    ...(mostQueued !== undefined && { mostQueued }),
  });
  const hasEndpoint = Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT']);
  const metrics =
    hasEndpoint && env['OTEL_METRICS_EXPORTER'] !== 'none'
      ? [
          metricReader(
            protocolOf(env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] || protocol),
            positive(env['OTEL_METRIC_EXPORT_INTERVAL']) ?? 60_000,
          ),
        ]
      : [];
  return { spanProcessors: [spans], metricReaders: metrics };
}

function protocolOf(given: string | undefined): OtlpProtocol {
  return given === 'grpc' || given === 'http/json' ? given : 'http/protobuf';
}

function positive(given: string | undefined): number | undefined {
  const value = Number(given);
  return given && value > 0 ? value : undefined;
}

function loadPgThroughRequire(): void {
  for (const from of [process.argv[1], import.meta.url]) {
    if (!from) continue;
    try {
      createRequire(from)('pg');
      return;
    } catch {
      // This process does not have pg, so there is nothing to instrument.
    }
  }
}
