// The attributes of a CloudEvent on Kafka, in both modes: headers that begin with `ce_`, or one JSON object.
// Guarantees: `id` and `source` are checked for what databases and derived ids can hold; an error is a sentence that
// names the attribute. Header names are compared without regard to case; where two differ only in case, the one in
// lower case counts.
import { isUtf8 } from 'node:buffer';
import { eventId, eventSource, fieldErrorLine, fieldErrors } from '@carillon/domain';
import { jsonErrorPlace } from './json-error-place.ts';
import { mediaTypeOf, quoted } from './media-type.ts';
import { textOf, type HeaderValue } from '../records/record.ts';
import { traceHeadersOf, type TraceHeaders } from './trace-headers.ts';

export interface Attributes extends TraceHeaders {
  id?: string | undefined;
  source?: string | undefined;
  type?: string | undefined;
  specversion?: string | undefined;
  time?: string | undefined;
  subject?: string | undefined;
}

type Headers = Readonly<Record<string, HeaderValue>>;
type Problem = ['unsupported_content_type' | 'not_utf8' | 'not_json' | 'not_a_cloud_event', string];

/** The same headers where all names are in lower case, as nearly all are. */
export function lowerCaseHeaders(headers: Headers): Headers {
  for (const name in headers) if (hasUpperCase.test(name)) return lowered(headers);
  return headers;
}

const hasUpperCase = /[A-Z]/;

function lowered(headers: Headers): Headers {
  const result = Object.create(null) as Record<string, HeaderValue>;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (name === lower || result[lower] === undefined) result[lower] = value;
  }
  return result;
}

export function attributesOf(headers: Headers, typeBytes: Buffer, type: string): Attributes {
  const given = headers['ce_type'];
  return {
    id: textOf(headers['ce_id']),
    source: textOf(headers['ce_source']),
    type: Buffer.isBuffer(given) && given.equals(typeBytes) ? type : textOf(given),
    specversion: textOf(headers['ce_specversion']),
    time: textOf(headers['ce_time']),
    subject: textOf(headers['ce_subject']),
    ...traceHeadersOf(headers['traceparent'], headers['tracestate']),
  };
}

export function structuredAttributesOf(event: Record<string, unknown>, headers: Headers): Attributes {
  const text = (name: string): string | undefined => (typeof event[name] === 'string' ? event[name] : undefined);
  const parent = headers['traceparent'];
  return {
    id: text('id'),
    source: text('source'),
    type: text('type'),
    specversion: text('specversion'),
    time: text('time'),
    subject: text('subject'),
    ...(parent === undefined
      ? traceHeadersOf(text('traceparent'), text('tracestate'))
      : traceHeadersOf(parent, headers['tracestate'])),
  };
}

/** What is wrong with the attributes, in a sentence; undefined where nothing is. */
export function attributeProblem(
  attributes: Attributes,
  headersOrEvent: Readonly<Record<string, unknown>>,
  structured: boolean,
): string | undefined {
  const name = (attribute: string): string => (structured ? attribute : `ce_${attribute}`);
  for (const required of ['specversion', 'id', 'source', 'type'] as const) {
    if (attributes[required]) continue;
    const given = headersOrEvent[required];
    if (structured && given !== undefined && given !== null && given !== '') return `${required} must be a string`;
    if (!structured && headersOrEvent[`ce-${required}`] !== undefined)
      return `${name(required)} is missing; on Kafka it is ce_${required}, not ce-${required}`;
    return `${name(required)} is missing`;
  }
  if (attributes.specversion !== '1.0')
    return `${name('specversion')} is ${quoted(attributes.specversion!)}; 1.0 is read`;
  for (const [attribute, schema] of checked) {
    if (plain.test(attributes[attribute]!)) continue;
    if (!structured && !isTextual(headersOrEvent[`ce_${attribute}`])) return `${name(attribute)} is not UTF-8`;
    const result = schema.safeParse(attributes[attribute]);
    if (!result.success)
      return `${name(attribute)}: ${fieldErrorLine(fieldErrors(result.error.issues, attributes[attribute]))}`;
  }
  return undefined;
}

/** Bytes that are no UTF-8 would decode to replacement characters, and different ids to the same text. */
const isTextual = (header: unknown): boolean => {
  const last: unknown = Array.isArray(header) ? header.at(-1) : header;
  return !Buffer.isBuffer(last) || isUtf8(last);
};

/** Ids are derived from these two attributes, and databases store them. */
const checked = [
  ['id', eventId],
  ['source', eventSource],
] as const;

/** Almost all values match this, and need no validation by the schema, which costs more. */
const plain = /^[!-~]{1,200}$/;

/** The data of a structured event, as JSON or as JSON in base64. */
export function dataOf(event: Record<string, unknown>): { data?: unknown; problem?: Problem } {
  const type = event['datacontenttype'];
  if (type !== undefined && type !== null) {
    if (typeof type !== 'string') return { problem: ['not_a_cloud_event', 'datacontenttype must be a string'] };
    const read = mediaTypeOf('datacontenttype', type);
    if ('problem' in read) return { problem: ['unsupported_content_type', read.problem] };
    if (read.mode === 'structured')
      return {
        problem: [
          'unsupported_content_type',
          'datacontenttype is a CloudEvent; a CloudEvent inside another is not read',
        ],
      };
  }
  const base64 = event['data_base64'];
  if (base64 === undefined)
    return event['data'] === undefined
      ? { problem: ['not_a_cloud_event', 'data is missing'] }
      : { data: event['data'] };
  if (event['data'] !== undefined)
    return { problem: ['not_a_cloud_event', 'data and data_base64 must not both be present'] };
  if (typeof base64 !== 'string' || !isBase64(base64))
    return { problem: ['not_a_cloud_event', 'data_base64 must be a string in base64'] };
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString();
  if (text.includes('\ufffd') && !Buffer.from(text).equals(bytes))
    return { problem: ['not_utf8', 'data_base64 is not UTF-8'] };
  try {
    return { data: JSON.parse(text) as unknown };
  } catch {
    return { problem: ['not_json', `data_base64 is ${jsonErrorPlace(text)}`] };
  }
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
