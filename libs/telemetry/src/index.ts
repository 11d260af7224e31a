// Log lines, spans and metrics for every part of the platform. `@carillon/telemetry/start` starts the exporter.
export { attributes } from './attributes.ts';
export { createLogger, type Logger } from './logger.ts';
export {
  counter,
  gauge,
  histogram,
  metricsContentType,
  metricsText,
  type Counter,
  type Gauge,
  type Histogram,
} from './metrics.ts';
export { serviceName } from './service-name.ts';
export { checkpoint, checkpointChannel, type Checkpoint } from './checkpoints.ts';
export { stopTelemetry } from './stop-telemetry.ts';
export { contextFrom, spanContextFrom, traceContextOf, traceIdOf, type TraceContext } from './trace-context.ts';
export { recordsSpans, tracer } from './tracer.ts';
