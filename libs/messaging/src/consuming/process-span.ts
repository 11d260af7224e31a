// The span of handling one record, a child of the record's trace context: one trace from the producer to Slack.
// Guarantees: the span has a valid context to pass on (`traceContextOf(span)`), whether it is recorded or not; where
// nothing is recorded it costs about a microsecond.
import { attributes, contextFrom, tracer } from '@carillon/telemetry';
import { SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import type { Received } from '../records/record.ts';

export function processSpan(record: Received, details?: () => Attributes): Span {
  const span = tracer().startSpan(`process ${record.topic}`, { kind: SpanKind.CONSUMER }, contextFrom(record));
  if (span.isRecording()) {
    span.setAttributes({
      [attributes.messagingSystem]: 'kafka',
      [attributes.messagingOperationName]: 'process',
      [attributes.messagingOperationType]: 'process',
      [attributes.messagingDestination]: record.topic,
      [attributes.messagingPartition]: String(record.partition),
      [attributes.messagingKafkaOffset]: Number(record.offset),
      [attributes.messagingMessageId]: record.id,
      ...(record.data === null ? { [attributes.messagingKafkaTombstone]: true } : {}),
      ...details?.(),
    });
  }
  return span;
}
