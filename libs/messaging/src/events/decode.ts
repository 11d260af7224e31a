// Decodes a Kafka record as an event: CloudEvents 1.0 in binary or structured mode (cloud-event.ts), checked against
// the schema of the topic, and read by the topic's `readAs` where it does not match. Guarantees: no record makes it
// throw, whatever a producer wrote; the result is an event, or a rejection that says what is wrong. It runs for every
// record of the platform, so it awaits nothing and builds no object twice.
import { isUtf8 } from 'node:buffer';
import { fieldErrorLine, fieldErrors, isStorable, type DataOf, type Topic } from '@carillon/domain';
import {
  attributesOf,
  dataOf,
  lowerCaseHeaders,
  structuredAttributesOf,
  attributeProblem,
  type Attributes,
} from './cloud-event.ts';
import { jsonErrorPlace } from './json-error-place.ts';
import { mediaTypeOf, quoted } from './media-type.ts';
import type { BatchFault, KafkaRecord } from '../records/kafka-record.ts';
import { textOf, type HeaderValue, type Received } from '../records/record.ts';
import type { Rejection } from '../records/rejection.ts';

/** Why a record could not be decoded; the `dlq_reason` of its dead letter. */
export type UnreadableCode =
  | 'empty_value'
  | 'value_too_large'
  | 'not_a_cloud_event'
  | 'wrong_type'
  | 'unsupported_content_type'
  | 'not_utf8'
  | 'not_json'
  | 'invalid_payload'
  | 'invalid_key'
  | 'unreadable'
  | BatchFault['code'];

export type Decoded<T extends Topic> = { received: Received<T> } | { rejection: Rejection };
export type Decoder<T extends Topic> = (record: KafkaRecord, partition: number) => Decoded<T>;

const noHeaders: Record<string, HeaderValue> = Object.freeze({});

export function decoderOf<T extends Topic>(topic: T): Decoder<T> {
  const compacted = topic.retention === 'compacted';
  const eventType = topic.name;
  const typeBytes = Buffer.from(eventType);
  const { schema, readAs } = topic;

  return (record, partition) => {
    if (record.fault) return { rejection: faultRejection(record, record.fault, topic.name, partition) };
    let attributes: Attributes = {};
    let data: unknown;
    const given = record.headers ?? noHeaders;
    const headers = lowerCaseHeaders(given);
    const key = record.key === null ? null : record.key.toString();
    const rejected = (code: UnreadableCode, detail: string): Decoded<T> => {
      const { id, source, type, traceparent, tracestate } = attributes;
      const known = { id: short(id), source: short(source), type: short(type), traceparent, tracestate };
      const rejection = {
        topic: topic.name,
        partition,
        offset: record.offset,
        code,
        detail,
        key,
        raw: rawOf(record, given),
      };
      return { rejection: Object.assign(rejection, defined(known), data === undefined ? {} : { data }) };
    };
    const received = (payload: DataOf<T>, type: string, id: string, source: string): Decoded<T> => {
      const event: Writable<Received<T>> = {
        id,
        source,
        type,
        data: payload,
        key,
        topic: topic.name,
        partition,
        offset: record.offset,
        timestamp: Number(record.timestamp),
        raw: rawOf(record, given),
      };
      if (attributes.time !== undefined) event.time = attributes.time;
      if (attributes.subject !== undefined) event.subject = attributes.subject;
      if (attributes.traceparent !== undefined) event.traceparent = attributes.traceparent;
      if (attributes.tracestate !== undefined) event.tracestate = attributes.tracestate;
      const version = headers['version'];
      if (version !== undefined) {
        const parsed = Number(textOf(version));
        if (Number.isSafeInteger(parsed)) event.version = parsed;
      }
      return { received: event };
    };

    try {
      const { value } = record;
      const contentType = textOf(headers['content-type']);
      const dataType = contentType ?? textOf(headers['ce_datacontenttype']);
      const mediaType =
        dataType === undefined
          ? undefined
          : mediaTypeOf(contentType === undefined ? 'ce_datacontenttype' : 'content-type', dataType);
      const structured =
        contentType !== undefined && mediaType !== undefined && 'mode' in mediaType && mediaType.mode === 'structured';
      if (!structured) attributes = attributesOf(headers, typeBytes, eventType);
      if (compacted && key !== null && !isStateKey(key))
        return rejected('invalid_key', `a key has at most ${longestKey} characters and no NUL`);
      if (value === null || value.length === 0) {
        if (value === null && compacted && key !== null) {
          return received(
            null as DataOf<T>,
            topic.name,
            attributes.id ?? `${topic.name}/${partition}/${record.offset}`,
            attributes.source ?? '',
          );
        }
        return rejected(
          'empty_value',
          compacted
            ? 'a tombstone needs a key and a null value'
            : 'the record has no value; a tombstone means nothing on this topic',
        );
      }
      if (mediaType && 'problem' in mediaType) return rejected('unsupported_content_type', mediaType.problem);
      if (value.length > largestValue)
        return rejected('value_too_large', `the value has ${value.length} bytes; at most ${largestValue} are read`);
      if (!isUtf8(value)) return rejected('not_utf8', 'the value is not UTF-8');
      if (structured) {
        const text = value.toString();
        const event = parse(text);
        if (event === unparsed) return rejected('not_json', `the CloudEvent is ${jsonErrorPlace(text)}`);
        if (typeof event !== 'object' || event === null || Array.isArray(event))
          return rejected('not_a_cloud_event', 'a structured CloudEvent is one JSON object');
        attributes = structuredAttributesOf(event as Record<string, unknown>, headers);
        const problem = attributeProblem(attributes, event as Record<string, unknown>, true);
        if (problem) return rejected('not_a_cloud_event', problem);
        const inner = dataOf(event as Record<string, unknown>);
        if (inner.problem) return rejected(...inner.problem);
        data = inner.data;
      } else {
        const problem = attributeProblem(attributes, headers, false);
        if (problem) return rejected('not_a_cloud_event', isStructuredEvent(value, attributes) ? unannounced : problem);
      }
      if (attributes.type !== eventType)
        return rejected('wrong_type', `the type is ${quoted(attributes.type!)}; this topic carries ${eventType}`);
      if (!structured) {
        const text = value.toString();
        data = parse(text);
        if (data === unparsed) {
          data = undefined;
          return rejected('not_json', jsonErrorPlace(text));
        }
      }
      let result = schema.safeParse(data);
      if (!result.success && readAs) result = readAs.safeParse(data);
      if (!result.success) return rejected('invalid_payload', fieldErrorLine(fieldErrors(result.error.issues, data)));
      return received(result.data as DataOf<T>, eventType, attributes.id!, attributes.source!);
    } catch (error) {
      return rejected('unreadable', error instanceof Error ? error.message : 'reading failed');
    }
  };
}

/**
 * The dead letter names the first offset of the batch; the record has the last one, so a commit passes the whole batch.
 */
const faultRejection = (record: KafkaRecord, fault: BatchFault, topic: string, partition: number): Rejection => ({
  ...{
    topic,
    partition,
    offset: fault.firstOffset,
    code: fault.code,
    detail: fault.detail,
    key: null,
    raw: { key: null, value: null, headers: noHeaders },
  },
  undecodable: { lastOffset: record.offset, bytes: fault.bytes },
});

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const unparsed = Symbol('not JSON');

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return unparsed;
  }
}

const rawOf = (record: KafkaRecord, headers: Record<string, HeaderValue>) => ({
  key: record.key,
  value: record.value,
  headers,
});

/** Dead letters and outcomes repeat these texts; no valid one is longer. */
const short = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 500 ? text : undefined;

const unannounced =
  'the value is a structured CloudEvent, but the header content-type is not application/cloudevents+json';

/** A structured event without any `ce_` header. Called only for records that are rejected in any case. */
function isStructuredEvent(value: Buffer, { id, source, type, specversion }: Attributes): boolean {
  if ((id ?? source ?? type ?? specversion) !== undefined) return false;
  const event = parse(value.toString());
  return typeof event === 'object' && event !== null && 'specversion' in event;
}

/**
 * Eight times what Kafka accepts uncompressed: a larger value was compressed, and parsing it needs a multiple of its
 * size.
 */
const largestValue = 8 * 1_048_576;

/** Longer than any key made of our ids; a longer key does not fit into an index of PostgreSQL. */
const longestKey = 500;

const isStateKey = (key: string): boolean => key.length <= longestKey && isStorable(key);

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const defined = <T extends object>(object: T): Defined<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
