// Encodes an event as a Kafka record: CloudEvents 1.0 in binary mode, with the trace context as plain headers.
// Guarantees: the key comes from the declaration of the topic; a payload that does not match the schema is refused
// (InvalidPayload); every record has a valid traceparent, so a trace may begin here and is never interrupted here.
import { fieldErrors, type PayloadOf, type Topic } from '@carillon/domain';
import { traceContextOf, tracer, type TraceContext } from '@carillon/telemetry';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { InvalidPayload } from '../errors.ts';
import { carriedTrace } from './carried-trace.ts';
import type { Outgoing, RawRecord } from '../records/record.ts';

export interface EncodeOptions {
  /** `false` on hot paths where the compiler has checked the payload. Default true. */
  validate?: boolean;
}

export function encode<T extends Topic>(
  topic: T,
  outgoing: Outgoing<PayloadOf<T>>,
  options: EncodeOptions = {},
): RawRecord {
  if (options.validate !== false) check(topic, outgoing.data);
  const { traceparent, tracestate } = outgoing.traceparent
    ? carriedTrace(outgoing.traceparent, outgoing.tracestate)
    : traceHere(topic);
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: outgoing.id,
    ce_source: outgoing.source,
    ce_type: topic.name,
    ce_time: outgoing.time ?? new Date().toISOString(),
    'content-type': 'application/json',
    traceparent,
  };
  if (outgoing.subject !== undefined) headers['ce_subject'] = outgoing.subject;
  if (tracestate) headers['tracestate'] = tracestate;
  if (outgoing.headers) Object.assign(headers, outgoing.headers);
  const key = outgoing.key ?? topic.key.of(outgoing.data, outgoing.id);
  const record: RawRecord = { topic: topic.name, key, value: JSON.stringify(outgoing.data), headers };
  if (outgoing.partition !== undefined) record.partition = outgoing.partition;
  return record;
}

/** Deletes a key of a compacted topic; `version` orders the deletion among the states of the key. */
export function tombstone(topic: Topic, key: string, version: number): RawRecord {
  return { topic: topic.name, key, value: null, headers: { version: String(version), ...traceHere(topic) } };
}

export function check(topic: Topic, data: unknown): void {
  const result = topic.schema.safeParse(data);
  if (!result.success) throw new InvalidPayload(topic.name, fieldErrors(result.error.issues, data));
}

function traceHere(topic: Topic): TraceContext {
  if (trace.getActiveSpan()) return traceContextOf();
  const span = tracer().startSpan(`create ${topic.name}`, { kind: SpanKind.PRODUCER }, ROOT_CONTEXT);
  span.end();
  return traceContextOf(span);
}
