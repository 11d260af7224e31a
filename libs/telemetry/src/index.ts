// Log lines, spans and metrics for every part of the platform. `@carillon/telemetry/start` starts the exporter.
export { attributes } from './attributes.ts';
export { createLogger, switchLogLevel, type Logger } from './logger.ts';
export {
  counter,
  declaredMetrics,
  gauge,
  histogram,
  type Counter,
  type Gauge,
  type Histogram,
  type Metric,
} from './metrics.ts';
export { isList, otherValue, prometheusLabel, type LabelValues, type Labels } from './metric-declaration.ts';
export { collectProcessMetrics, metricsPage, metricsText, metricValues } from './metrics-registry.ts';
export { serviceName } from './service-name.ts';
export { checkpoint, checkpointChannel, type Checkpoint } from './checkpoints.ts';
export { stopTelemetry } from './stop-telemetry.ts';
export { contextFrom, spanContextFrom, traceContextOf, traceIdOf, type TraceContext } from './trace-context.ts';
export { recordsSpans, tracer } from './tracer.ts';
export { spansDropped, spansExported } from './own-metrics.ts';
