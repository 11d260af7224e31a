// Kafka record → event: CloudEvents 1.0, binary and structured mode, checked against the topic's schema.
// Promises: never throws for what a stranger wrote, whatever it is: a record is either read or says in words what is
// wrong with it; nothing is awaited and nothing is built twice, since this runs for every record of the platform.
import { isUtf8 } from 'node:buffer';
import { eventId, eventSource, fieldErrorLine, fieldErrors, isStorable, type DataOf, type Topic } from '@carillon/domain';
import type { Rejection } from '../consuming/batch.ts';
import type { BatchFault } from '../kafka/records/fetched-record.ts';
import { jsonErrorPlace } from './json-position.ts';
import type { HeaderValue, Received } from './record.ts';

/** A record as kafkajs hands it over. */
export interface KafkaRecord {
  key: Buffer | null;
  value: Buffer | null;
  offset: string;
  timestamp: string;
  headers?: Record<string, HeaderValue>;
  /** Set where a whole record batch could not be read: the record stands for all of them. */
  fault?: BatchFault;
}

/** Codes of records that can't be read; they are the `dlq_reason`. */
export type UnreadableCode =
  | 'empty_value'
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

interface Attributes {
  id?: string | undefined;
  source?: string | undefined;
  type?: string | undefined;
  specversion?: string | undefined;
  time?: string | undefined;
  subject?: string | undefined;
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

const noHeaders: Record<string, HeaderValue> = Object.freeze({});

export function decoderOf<T extends Topic>(topic: T): Decoder<T> {
  const compacted = topic.retention === 'compacted';
  const typeBytes = Buffer.from(topic.name);
  const { schema } = topic;

  return (record, partition) => {
    if (record.fault) return { rejection: faultRejection(record, record.fault, topic.name, partition) };
    let attributes: Attributes = {};
    let data: unknown;
    const headers = record.headers ?? noHeaders;
    const key = record.key === null ? null : record.key.toString();
    const rejected = (code: UnreadableCode, detail: string): Decoded<T> => {
      const { specversion: _, time: __, subject: ___, ...known } = attributes;
      const rejection = { topic: topic.name, partition, offset: record.offset, code, detail, key, raw: rawOf(record, headers) };
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
        raw: rawOf(record, headers),
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
      const structured = contentType !== undefined && /^application\/cloudevents\+json\b/i.test(contentType);
      if (!structured) attributes = attributesOf(headers, typeBytes, topic.name);
      if (compacted && key !== null && !isStateKey(key)) return rejected('invalid_key', `a key has at most ${longestKey} characters and no NUL`);
      if (value === null || value.length === 0) {
        if (value === null && compacted && key !== null) {
          return received(null as DataOf<T>, topic.name, attributes.id ?? `${topic.name}/${partition}/${record.offset}`, attributes.source ?? '');
        }
        return rejected('empty_value', compacted ? 'a tombstone needs a key and a null value' : 'the record has no value; a tombstone means nothing on this topic');
      }
      if (!isUtf8(value)) return rejected('not_utf8', 'the value is not UTF-8');
      if (structured) {
        const text = value.toString();
        const event = parse(text);
        if (event === unparsed) return rejected('not_json', `the CloudEvent is ${jsonErrorPlace(text)}`);
        if (typeof event !== 'object' || event === null || Array.isArray(event)) return rejected('not_a_cloud_event', 'a structured CloudEvent is one JSON object');
        attributes = structuredAttributesOf(event as Record<string, unknown>, headers);
        const inner = dataOf(event as Record<string, unknown>);
        if (inner.problem) return rejected(...inner.problem);
        data = inner.data;
      } else if (contentType !== undefined && !isJson(contentType)) {
        return rejected('unsupported_content_type', `content-type is ${quoted(contentType)}; application/json or application/cloudevents+json is read`);
      }
      const problem = wrongAttribute(attributes, structured);
      if (problem) return rejected('not_a_cloud_event', problem);
      if (attributes.type !== topic.name) return rejected('wrong_type', `the type is ${quoted(attributes.type!)}; this topic carries ${topic.name}`);
      if (!structured) {
        const text = value.toString();
        data = parse(text);
        if (data === unparsed) {
          data = undefined;
          return rejected('not_json', jsonErrorPlace(text));
        }
      }
      const result = schema.safeParse(data);
      if (!result.success) return rejected('invalid_payload', fieldErrorLine(fieldErrors(result.error.issues, data)));
      return received(result.data as DataOf<T>, topic.name, attributes.id!, attributes.source!);
    } catch (error) {
      return rejected('unreadable', error instanceof Error ? error.message : 'reading failed');
    }
  };
}

/** The dead letter names the batch's first offset; the record's own is its last, so that a commit passes all of it. */
const faultRejection = (record: KafkaRecord, fault: BatchFault, topic: string, partition: number): Rejection => ({
  ...{ topic, partition, offset: fault.firstOffset, code: fault.code, detail: fault.detail, key: null, raw: { key: null, value: null, headers: record.headers ?? noHeaders } },
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

const rawOf = (record: KafkaRecord, headers: Record<string, HeaderValue>) => ({ key: record.key, value: record.value, headers });

/** Of a header that stands twice, the last word counts. */
export function textOf(value: HeaderValue): string | undefined {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null ? undefined : typeof last === 'string' ? last : last.toString();
}

function attributesOf(headers: Record<string, HeaderValue>, typeBytes: Buffer, type: string): Attributes {
  const given = headers['ce_type'];
  return {
    id: textOf(headers['ce_id']),
    source: textOf(headers['ce_source']),
    type: Buffer.isBuffer(given) && given.equals(typeBytes) ? type : textOf(given),
    specversion: textOf(headers['ce_specversion']),
    time: textOf(headers['ce_time']),
    subject: textOf(headers['ce_subject']),
    traceparent: textOf(headers['traceparent']),
    tracestate: textOf(headers['tracestate']),
  };
}

function structuredAttributesOf(event: Record<string, unknown>, headers: Record<string, HeaderValue>): Attributes {
  const text = (name: string): string | undefined => (typeof event[name] === 'string' ? event[name] : undefined);
  return {
    id: text('id'),
    source: text('source'),
    type: text('type'),
    specversion: text('specversion'),
    time: text('time'),
    subject: text('subject'),
    traceparent: textOf(headers['traceparent']) ?? text('traceparent'),
    tracestate: textOf(headers['tracestate']) ?? text('tracestate'),
  };
}

function dataOf(event: Record<string, unknown>): { data?: unknown; problem?: [UnreadableCode, string] } {
  const type = event['datacontenttype'];
  if (type !== undefined && !(typeof type === 'string' && isJson(type))) {
    return { problem: ['unsupported_content_type', 'datacontenttype must be application/json'] };
  }
  const base64 = event['data_base64'];
  if (base64 === undefined) return { data: event['data'] };
  const text = typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString() : '';
  const data = parse(text);
  return data === unparsed ? { problem: ['not_json', `data_base64 is ${jsonErrorPlace(text)}`] } : { data };
}

const isJson = (contentType: string): boolean => contentType === 'application/json' || /^(?:application|text)\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);

function wrongAttribute(attributes: Attributes, structured: boolean): string | undefined {
  const name = (attribute: string): string => (structured ? attribute : `ce_${attribute}`);
  for (const required of ['specversion', 'id', 'source', 'type'] as const) {
    if (!attributes[required]) return `${name(required)} is missing`;
  }
  if (attributes.specversion !== '1.0') return `${name('specversion')} is ${quoted(attributes.specversion!)}; 1.0 is read`;
  for (const [attribute, schema] of checked) {
    if (plain.test(attributes[attribute]!)) continue;
    const result = schema.safeParse(attributes[attribute]);
    if (!result.success) return `${name(attribute)}: ${fieldErrorLine(fieldErrors(result.error.issues, attributes[attribute]))}`;
  }
  return undefined;
}

/** Ids are derived from these two, and databases hold them. */
const checked = [['id', eventId], ['source', eventSource]] as const;

/** Almost all of them, and good without the schema's closer and dearer look. */
const plain = /^[!-~]{1,200}$/;

/** Longer than any key that is made of our ids; what is longer fits into no index. */
const longestKey = 500;

const isStateKey = (key: string): boolean => key.length <= longestKey && isStorable(key);

const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const defined = <T extends object>(object: T): Defined<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
