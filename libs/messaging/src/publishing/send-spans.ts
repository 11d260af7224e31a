// Spans of publishing: one `send` span for each record, in the trace of the record. Its kind is PRODUCER where the
// trace context is created here, CLIENT where the record has one already. In a process that records no spans it does
// nothing.
import type { PayloadOf, Topic } from '@carillon/domain';
import { attributes, contextFrom, recordsSpans, traceContextOf, tracer } from '@carillon/telemetry';
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { encode } from '../events/encode.ts';
import type { Outgoing, RawRecord, WireRecord } from '../records/record.ts';

const creators = new WeakMap<object, Span>();

/** Encodes an event whose payload was checked; one without a trace context gets the context of its `send` span. */
export function encodeTraced<T extends Topic>(topic: T, event: Outgoing<PayloadOf<T>>): RawRecord {
  if (event.traceparent || !recordsSpans()) return encode(topic, event, { validate: false });
  const span = tracer().startSpan(`send ${topic.name}`, { kind: SpanKind.PRODUCER });
  const record = encode(topic, { ...event, ...traceContextOf(span) }, { validate: false });
  if (span.isRecording()) {
    describe(span, record);
    creators.set(record, span);
  }
  return record;
}

const none = { end: (_error?: unknown): void => undefined };

/** Starts the spans of these records; call `end()` when they are acknowledged or have failed. */
export function sendSpans(records: readonly WireRecord[]): { end(error?: unknown): void } {
  if (!recordsSpans()) return none;
  const spans = records.map(spanOf).filter((span) => span !== undefined);
  return {
    end(error) {
      for (const span of spans) {
        if (error !== undefined) {
          span.setAttribute(attributes.errorType, error instanceof Error ? error.name : 'error');
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      }
    },
  };
}

function spanOf(record: WireRecord): Span | undefined {
  const creator = creators.get(record);
  if (creator) return creator;
  const { traceparent, tracestate } = record.headers;
  const parent = contextFrom({
    traceparent: traceparent === undefined ? undefined : String(traceparent),
    tracestate: tracestate === undefined ? undefined : String(tracestate),
  });
  if (!trace.getSpanContext(parent)) return undefined;
  const span = tracer().startSpan(`send ${record.topic}`, { kind: SpanKind.CLIENT }, parent);
  if (span.isRecording()) describe(span, record);
  return span;
}

function describe(span: Span, record: WireRecord): void {
  span.setAttributes({
    [attributes.messagingSystem]: 'kafka',
    [attributes.messagingOperationName]: 'send',
    [attributes.messagingOperationType]: 'send',
    [attributes.messagingDestination]: record.topic,
  });
  const id = record.headers['ce_id'];
  if (id !== undefined) span.setAttribute(attributes.messagingMessageId, String(id));
  if (typeof record.key === 'string') span.setAttribute(attributes.messagingKafkaKey, record.key);
  if (record.value === null) span.setAttribute(attributes.messagingKafkaTombstone, true);
}
