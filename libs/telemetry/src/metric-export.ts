// Sends the metrics of the process by OTLP, under their names in OpenTelemetry. Guarantees: the numbers are those of
// /metrics; a collector that does not answer delays nothing, and the next export has all that it missed, because
// every number counts from the start of the process.
import { createRequire } from 'node:module';
import { ValueType, type HrTime } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import type * as Grpc from '@opentelemetry/exporter-metrics-otlp-grpc';
import type * as Json from '@opentelemetry/exporter-metrics-otlp-http';
import type * as Proto from '@opentelemetry/exporter-metrics-otlp-proto';
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';
import type { DataPoint, Histogram, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import { prometheusLabel, type MetricKind } from './metric-declaration.ts';
import { metricValues } from './metrics-registry.ts';
import { declaredMetrics, type Metric } from './metrics.ts';
import type { OtlpProtocol } from './span-export.ts';

interface Value {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}
interface Times {
  startTime: HrTime;
  endTime: HrTime;
}

const require = createRequire(import.meta.url);
const cumulative = 1;
const [histogramPoint, gaugePoint, sumPoint] = [0, 2, 3];

export function metricReader(protocol: OtlpProtocol, everyMs: number): SdkMetrics.IMetricReader {
  const { PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics') as typeof SdkMetrics;
  return new PeriodicExportingMetricReader({
    exporter: exporterOf(protocol),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: Math.min(everyMs, 10_000),
    metricProducers: [producer()],
  });
}

function exporterOf(protocol: OtlpProtocol): SdkMetrics.PushMetricExporter {
  switch (protocol) {
    case 'grpc':
      return new (require('@opentelemetry/exporter-metrics-otlp-grpc') as typeof Grpc).OTLPMetricExporter();
    case 'http/json':
      return new (require('@opentelemetry/exporter-metrics-otlp-http') as typeof Json).OTLPMetricExporter();
    case 'http/protobuf':
      return new (require('@opentelemetry/exporter-metrics-otlp-proto') as typeof Proto).OTLPMetricExporter();
  }
}

function producer(): MetricProducer {
  const startTime = hrTime();
  return {
    async collect() {
      const times = { startTime, endTime: hrTime() };
      const declared = new Map(declaredMetrics().map((metric) => [metric.prometheusName, metric]));
      const values = (await metricValues()) as unknown as {
        name: string;
        help: string;
        type: string;
        values: Value[];
      }[];
      const metrics = values.flatMap(({ name, help, type, values: of }) =>
        type === 'summary' ? [] : [metricData(declared.get(name), { name, help, type: type as MetricKind, of }, times)],
      );
      // The reader takes the resource of the SDK.
      const resourceMetrics = {
        resource: undefined as never,
        scopeMetrics: [{ scope: { name: 'carillon' }, metrics }],
      };
      return { resourceMetrics, errors: [] };
    },
  };
}

function metricData(
  metric: Metric | undefined,
  { name, help, type, of }: { name: string; help: string; type: MetricKind; of: Value[] },
  times: Times,
): MetricData {
  const attributeOf = new Map(Object.keys(metric?.declaration.labels ?? {}).map((one) => [prometheusLabel(one), one]));
  const attributes = (labels: Value['labels']) =>
    Object.fromEntries(Object.entries(labels).map(([label, value]) => [attributeOf.get(label) ?? label, value]));
  const base = {
    descriptor: {
      name: metric?.declaration.name ?? name,
      description: help,
      unit: metric?.declaration.unit ?? '',
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: cumulative,
  };
  const points = () => of.map(({ labels, value }) => ({ ...times, attributes: attributes(labels), value }));
  if (type === 'histogram')
    return { ...base, dataPointType: histogramPoint, dataPoints: histograms(of, attributes, times) };
  if (type === 'counter') return { ...base, dataPointType: sumPoint, isMonotonic: true, dataPoints: points() };
  return { ...base, dataPointType: gaugePoint, dataPoints: points() };
}

/** One point for each series. Prometheus' buckets contain the smaller ones; OTLP's do not. */
function histograms(
  values: readonly Value[],
  attributes: (labels: Value['labels']) => Record<string, string | number>,
  times: Times,
): DataPoint<Histogram>[] {
  const points = new Map<string, { labels: Value['labels']; le: [number, number][]; sum: number; count: number }>();
  for (const { labels: all, value, metricName = '' } of values) {
    const { le, ...labels } = all;
    const key = JSON.stringify(Object.entries(labels).sort());
    let point = points.get(key);
    if (!point) points.set(key, (point = { labels, le: [], sum: 0, count: 0 }));
    if (metricName.endsWith('_sum')) point.sum = value;
    else if (metricName.endsWith('_count')) point.count = value;
    else if (le !== '+Inf') point.le.push([Number(le), value]);
  }
  return [...points.values()].map(({ labels, le, sum, count }) => ({
    ...times,
    attributes: attributes(labels),
    value: {
      buckets: {
        boundaries: le.map(([bound]) => bound),
        counts: [...le.map(([, upTo], n) => upTo - (le[n - 1]?.[1] ?? 0)), count - (le.at(-1)?.[1] ?? 0)],
      },
      sum,
      count,
    },
  }));
}
