// Every form of an envelope that is unusual and still right: each gives the event of the good record that it is made
// of.
import type { ForeignRecord } from './clients.ts';
import { structured, type ProductTopic } from './valid-records.ts';

/** A good record on its topic. */
export interface Good {
  topic: ProductTopic;
  id: string;
  data: Record<string, unknown>;
  record: ForeignRecord;
}

export type Form = (good: Good) => Partial<ForeignRecord>;

export const bytes = (text: string): Buffer => Buffer.from(text);

/** The good record's headers with these on top; `null` takes one away. */
export function headersWith(
  { record }: Good,
  changes: Record<string, string | Buffer | null>,
): ForeignRecord['headers'] {
  const kept = record.headers.filter(([name]) => !(name in changes));
  const added = Object.entries(changes).filter((entry): entry is [string, string | Buffer] => entry[1] !== null);
  return [...kept, ...added.map(([name, value]): [string, Buffer] => [name, Buffer.from(value)])];
}

export const inStructuredMode = (
  good: Good,
  attributes: Record<string, unknown> = {},
  contentType = 'application/cloudevents+json',
): Partial<ForeignRecord> => ({
  headers: [['content-type', bytes(contentType)]],
  value: bytes(structured(good.topic.name, good.id, good.data, attributes)),
});

export const manyHeaders = (count: number): ForeignRecord['headers'] =>
  Array.from({ length: count }, (_, n) => [`extra-${n}`, bytes('some value')]);

export const acceptedForms: Record<string, Form> = {
  'as the documentation says': () => ({}),
  'no content-type': (good) => ({ headers: headersWith(good, { 'content-type': null }) }),
  'ce_datacontenttype in place of content-type': (good) => ({
    headers: headersWith(good, { 'content-type': null, ce_datacontenttype: 'application/json' }),
  }),
  'a charset that is UTF-8': (good) => ({
    headers: headersWith(good, { 'content-type': 'application/json; charset=UTF-8' }),
  }),
  'a charset in quotes': (good) => ({
    headers: headersWith(good, { 'content-type': 'Application/JSON;charset="utf-8"' }),
  }),
  'JSON by another name': (good) => ({
    headers: headersWith(good, { 'content-type': 'application/vnd.acme.report+json' }),
  }),
  'header names in capitals': ({ record }) => ({
    headers: record.headers.map(([name, value]) => [name.toUpperCase(), value]),
  }),
  'header names in mixed case': ({ record }) => ({
    headers: record.headers.map(([name, value]) => [
      name.replace(/^ce_(.)/, (_, first: string) => `Ce_${first.toUpperCase()}`),
      value,
    ]),
  }),
  'extension attributes': (good) => ({
    headers: headersWith(good, {
      ce_partitionkey: 'x',
      ce_myextension: '1',
      ce_time: '2026-11-26T12:00:00Z',
      ce_subject: 'anything',
    }),
  }),
  'ce_time that is no time': (good) => ({ headers: headersWith(good, { ce_time: 'yesterday' }) }),
  'each header twice': ({ record }) => ({
    headers: [...record.headers.map(([name]): [string, Buffer] => [name, bytes('overridden')]), ...record.headers],
  }),
  '10,000 more headers': ({ record }) => ({ headers: [...record.headers, ...manyHeaders(10_000)] }),
  'headers without a name or a value': ({ record }) => ({
    headers: [...record.headers, ['', bytes('x')], ['empty', bytes('')], ['null', null]],
  }),
  'headers named as what objects have by birth': ({ record }) => ({
    headers: [...record.headers, ['__proto__', bytes('x')], ['constructor', bytes('x')], ['toString', bytes('x')]],
  }),
  'a tracestate of 1 MB': (good) => ({
    headers: headersWith(good, {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b,'.repeat(250_000),
    }),
  }),
  'a traceparent that is none': (good) => ({
    headers: headersWith(good, { traceparent: 'ff-zz\0', tracestate: '\0\uffff' }),
  }),
  'headers that forge a dead letter': (good) => ({
    headers: headersWith(good, {
      dlq_reason: 'forged',
      dlq_topic: 'carillon.audit.v1',
      dlq_offset: '0',
      dlq_retried: '0',
      dlq_retried_from: '7',
    }),
  }),
  'white space around the JSON': ({ record }) => ({ value: bytes(`\r\n\t ${String(record.value)}\n\n`) }),
  'a value of almost 1 MB, for the most part white space': ({ record }) => ({
    padTo: 1_000_000 - record.value!.length,
  }),
  'a name twice in the JSON': ({ topic, record }) => ({
    value: bytes(`{"${topic.text}":"overridden",${String(record.value).slice(1)}`),
  }),
  'structured mode': (good) => inStructuredMode(good),
  'structured mode with a charset': (good) => inStructuredMode(good, {}, 'application/cloudevents+json; charset=utf-8'),
  'structured mode with data in base64': (good) =>
    inStructuredMode(good, { data: undefined, data_base64: Buffer.from(JSON.stringify(good.data)).toString('base64') }),
  'structured mode with extensions and the binary headers too': (good) => ({
    ...inStructuredMode(good, {
      myextension: 1,
      dataschema: 'https://acme.example/schema',
      datacontenttype: 'application/json',
    }),
    headers: headersWith(good, {
      'content-type': 'application/cloudevents+json',
      ce_id: 'another',
      ce_type: 'another',
    }),
  }),
};
