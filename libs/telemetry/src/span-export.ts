// Sends spans by OTLP, in batches. Guarantees: work never waits for an exporter; spans that an exporter does not take
// in time are dropped beyond a queue of fixed length, and each dropped span is counted.
import { createRequire } from 'node:module';
import { createNoopMeter, type Attributes, type Meter, type MeterProvider } from '@opentelemetry/api';
import type * as Grpc from '@opentelemetry/exporter-trace-otlp-grpc';
import type * as Json from '@opentelemetry/exporter-trace-otlp-http';
import type * as Proto from '@opentelemetry/exporter-trace-otlp-proto';
import type * as SdkTrace from '@opentelemetry/sdk-trace';
import { spansDropped, spansExported } from './own-metrics.ts';

export type OtlpProtocol = 'grpc' | 'http/json' | 'http/protobuf';

export interface SpanExportOptions {
  protocol: OtlpProtocol;
  /** How often spans are sent, unless a batch is full before; default: 5 s. */
  delayMs?: number;
  mostQueued?: number;
}

const require = createRequire(import.meta.url);

export function spanProcessor({ protocol, delayMs, mostQueued }: SpanExportOptions): SdkTrace.SpanProcessor {
  const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace') as typeof SdkTrace;
  return new BatchSpanProcessor({
    exporter: exporterOf(protocol),
    selfObsMeterProvider: countingProvider,
    ...(delayMs !== undefined && { scheduledDelayMillis: delayMs }),
    ...(mostQueued !== undefined && { maxQueueSize: mostQueued }),
  });
}

function exporterOf(protocol: OtlpProtocol): SdkTrace.SpanExporter {
  switch (protocol) {
    case 'grpc':
      return new (require('@opentelemetry/exporter-trace-otlp-grpc') as typeof Grpc).OTLPTraceExporter();
    case 'http/json':
      return new (require('@opentelemetry/exporter-trace-otlp-http') as typeof Json).OTLPTraceExporter();
    case 'http/protobuf':
      return new (require('@opentelemetry/exporter-trace-otlp-proto') as typeof Proto).OTLPTraceExporter();
  }
}

/** The processor counts each span that it is done with, and why it was dropped. */
const countingProvider: MeterProvider = {
  getMeter(): Meter {
    const meter = createNoopMeter();
    meter.createCounter = (name) => ({
      add(spans: number, attributes: Attributes = {}) {
        if (name !== 'otel.sdk.processor.span.processed') return;
        const error = attributes['error.type'];
        if (error === undefined) spansExported.inc(spans);
        else spansDropped.inc({ reason: error === 'queue_full' ? 'queue_full' : 'export_failed' }, spans);
      },
    });
    return meter;
  },
};
