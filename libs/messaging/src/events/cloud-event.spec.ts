// The Kafka binding of CloudEvents 1.0, case by case: what is read, and in what words the rest is refused.
import { describe, expect, test } from '@jest/globals';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { decoderOf, type Decoded } from './decode.ts';
import type { HeaderValue } from '../records/record.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';

const topic = uniqueTopic();
const stateTopic = uniqueTopic({ retention: 'compacted' });
const decode = decoderOf(topic);

const data = { n: 1 };
const attributes = { ce_specversion: '1.0', ce_id: 'e-1', ce_source: '/test', ce_type: topic.name };
const structured = { 'content-type': 'application/cloudevents+json' };
const event = { specversion: '1.0', id: 'e-1', source: '/test', type: topic.name };
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

function recordOf(headers: Record<string, HeaderValue>, value: unknown, key: string | null = null): KafkaRecord {
  const bytes = Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, typeof text === 'string' ? Buffer.from(text) : text]),
  );
  const body =
    value === null
      ? null
      : Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { key: key === null ? null : Buffer.from(key), value: body, headers: bytes, offset: '7', timestamp: '0' };
}

function rejectionOf(decoded: Decoded<typeof topic>) {
  if ('rejection' in decoded) return { code: decoded.rejection.code, detail: decoded.rejection.detail };
  throw new Error('was read');
}

describe('binary mode', () => {
  test.each<[string, Record<string, HeaderValue>]>([
    ['without a content type', attributes],
    ['with application/json', { ...attributes, 'content-type': 'application/json' }],
    ['with ce_datacontenttype instead', { ...attributes, ce_datacontenttype: 'application/json' }],
    [
      'with both, of which content-type counts',
      { ...attributes, 'content-type': 'application/json', ce_datacontenttype: 'text/plain' },
    ],
    ['with a JSON dialect', { ...attributes, 'content-type': 'application/vnd.acme.report+json' }],
    ['with text/json', { ...attributes, 'content-type': 'text/json' }],
    ['with charset=utf-8', { ...attributes, 'content-type': 'application/json; charset=utf-8' }],
    ['with a quoted charset in capitals', { ...attributes, 'content-type': 'application/JSON;Charset="UTF-8"' }],
    ['with other parameters', { ...attributes, 'content-type': 'application/json; profile="x"; charset=utf-8' }],
    [
      'with header names in capitals',
      Object.fromEntries(
        Object.entries({ ...attributes, 'content-type': 'application/json' }).map(([name, value]) => [
          name.toUpperCase(),
          value,
        ]),
      ),
    ],
    [
      'with Ce_Id, Content-Type and so on',
      {
        Ce_SpecVersion: '1.0',
        Ce_Id: 'e-1',
        Ce_Source: '/test',
        Ce_Type: topic.name,
        'Content-Type': 'application/json',
      },
    ],
    ['with a second spelling, of which the lower one counts', { CE_ID: 'other', ...attributes }],
    [
      'with extensions that nobody knows',
      { ...attributes, ce_dataschema: 'https://acme.example/schema', ce_partitionkey: 'x' },
    ],
  ])('is read %s', (_what, headers) => {
    expect(decode(recordOf(headers, data), 0)).toMatchObject({
      received: { id: 'e-1', source: '/test', type: topic.name, data },
    });
  });

  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));

  test.each<[string, Record<string, HeaderValue>, unknown, string, RegExp]>([
    [
      'specversion 0.3',
      { ...attributes, ce_specversion: '0.3' },
      data,
      'not_a_cloud_event',
      /^ce_specversion is "0\.3"; 1\.0 is read$/,
    ],
    ['no specversion', without('ce_specversion'), data, 'not_a_cloud_event', /^ce_specversion is missing$/],
    ['no id', without('ce_id'), data, 'not_a_cloud_event', /^ce_id is missing$/],
    ['no source', without('ce_source'), data, 'not_a_cloud_event', /^ce_source is missing$/],
    ['no type', without('ce_type'), data, 'not_a_cloud_event', /^ce_type is missing$/],
    [
      'an id that is not UTF-8',
      { ...attributes, ce_id: Buffer.from([0x61, 0xff]) },
      data,
      'not_a_cloud_event',
      /^ce_id is not UTF-8$/,
    ],
    [
      'a source that is not UTF-8',
      { ...attributes, ce_source: Buffer.from([0x2f, 0xff]) },
      data,
      'not_a_cloud_event',
      /^ce_source is not UTF-8$/,
    ],
    [
      'a header without a value',
      { ...attributes, ce_id: null as never },
      data,
      'not_a_cloud_event',
      /^ce_id is missing$/,
    ],
    [
      'the headers of HTTP',
      { 'ce-specversion': '1.0', 'ce-id': 'e-1' },
      data,
      'not_a_cloud_event',
      /it is ce_specversion, not ce-specversion$/,
    ],
    [
      'text',
      { ...attributes, 'content-type': 'text/plain' },
      data,
      'unsupported_content_type',
      /^content-type is "text\/plain"; application\/json or/,
    ],
    [
      'text by ce_datacontenttype',
      { ...attributes, ce_datacontenttype: 'application/xml' },
      data,
      'unsupported_content_type',
      /^ce_datacontenttype is "application\/xml"/,
    ],
    [
      'an empty content type',
      { ...attributes, 'content-type': '' },
      data,
      'unsupported_content_type',
      /^content-type is ""/,
    ],
    [
      'another charset',
      { ...attributes, 'content-type': 'application/json; charset=iso-8859-1' },
      data,
      'unsupported_content_type',
      /the charset "iso-8859-1" is not read, utf-8 is$/,
    ],
    ['a tombstone', attributes, null, 'empty_value', /a tombstone means nothing on this topic$/],
    [
      'a value that is far too large',
      attributes,
      { n: 1, text: 'x'.repeat(9_000_000) },
      'value_too_large',
      /^the value has 90000\d+ bytes; at most 8388608 are read$/,
    ],
  ])('says what is wrong with %s', (_what, headers, value, code, detail) => {
    expect(rejectionOf(decode(recordOf(headers, value), 0))).toEqual({
      code,
      detail: expect.stringMatching(detail) as unknown,
    });
  });
});

describe('structured mode', () => {
  test.each<[string, Record<string, HeaderValue>, object]>([
    ['', structured, { ...event, data }],
    ['with a charset', { 'content-type': 'application/cloudevents+json; charset=UTF-8' }, { ...event, data }],
    ['with capitals', { 'CONTENT-TYPE': 'Application/CloudEvents+JSON' }, { ...event, data }],
    ['with data in base64', structured, { ...event, data_base64: base64('{"n":1}') }],
    ['with a datacontenttype', structured, { ...event, datacontenttype: 'application/json; charset=utf-8', data }],
    [
      'with a datacontenttype and base64',
      structured,
      { ...event, datacontenttype: 'application/json', data_base64: base64('{"n":1}') },
    ],
    [
      'beside headers of the binary mode, which don’t count',
      { ...attributes, ...structured, ce_id: 'other' },
      { ...event, data },
    ],
  ])('is read %s', (_what, headers, value) => {
    expect(decode(recordOf(headers, value), 0)).toMatchObject({ received: { id: 'e-1', source: '/test', data } });
  });

  test.each<[string, Record<string, HeaderValue>, unknown, string, RegExp]>([
    [
      'a batch',
      { 'content-type': 'application/cloudevents-batch+json' },
      [{ ...event, data }],
      'unsupported_content_type',
      /"application\/cloudevents-batch\+json", the batch format; a record carries one CloudEvent/,
    ],
    ['a list', structured, [{ ...event, data }], 'not_a_cloud_event', /one JSON object$/],
    [
      'another format',
      { 'content-type': 'application/cloudevents+avro' },
      Buffer.from([1, 2, 255]),
      'unsupported_content_type',
      /the format "avro"/,
    ],
    [
      'another charset',
      { 'content-type': 'application/cloudevents+json; charset=utf-16' },
      { ...event, data },
      'unsupported_content_type',
      /charset "utf-16"/,
    ],
    [
      'no content type',
      {},
      { ...event, data },
      'not_a_cloud_event',
      /is a structured CloudEvent, but the header content-type/,
    ],
    [
      'content type application/json',
      { 'content-type': 'application/json' },
      { ...event, data },
      'not_a_cloud_event',
      /is a structured CloudEvent, but/,
    ],
    [
      'specversion 0.3',
      structured,
      { ...event, specversion: '0.3', datacontentencoding: 'base64', data: base64('{}') },
      'not_a_cloud_event',
      /^specversion is "0\.3"; 1\.0 is read$/,
    ],
    [
      'a specversion that is a number',
      structured,
      { ...event, specversion: 1, data },
      'not_a_cloud_event',
      /^specversion must be a string$/,
    ],
    ['an id that is a number', structured, { ...event, id: 5, data }, 'not_a_cloud_event', /^id must be a string$/],
    [
      'data twice',
      structured,
      { ...event, data, data_base64: base64('{}') },
      'not_a_cloud_event',
      /must not both be present$/,
    ],
    [
      'data_base64 that is no text',
      structured,
      { ...event, data_base64: 5 },
      'not_a_cloud_event',
      /^data_base64 must be a string in base64$/,
    ],
    [
      'data_base64 that is no base64',
      structured,
      { ...event, data_base64: '{"n":1}!' },
      'not_a_cloud_event',
      /^data_base64 must be a string in base64$/,
    ],
    [
      'data_base64 that is no UTF-8',
      structured,
      { ...event, data_base64: base64(Buffer.from([0x22, 0xff, 0x22])) },
      'not_utf8',
      /^data_base64 is not UTF-8$/,
    ],
    [
      'data_base64 that is no JSON',
      structured,
      { ...event, data_base64: base64('{"n":') },
      'not_json',
      /^data_base64 is /,
    ],
    [
      'a datacontenttype that is not JSON',
      structured,
      { ...event, datacontenttype: 'image/png', data_base64: base64('x') },
      'unsupported_content_type',
      /^datacontenttype is "image\/png"/,
    ],
    [
      'a datacontenttype that is no text',
      structured,
      { ...event, datacontenttype: {}, data },
      'not_a_cloud_event',
      /^datacontenttype must be a string$/,
    ],
    ['no data', structured, event, 'not_a_cloud_event', /^data is missing$/],
    ['a tombstone', structured, null, 'empty_value', /tombstone/],
  ])('says what is wrong with %s', (_what, headers, value, code, detail) => {
    expect(rejectionOf(decode(recordOf(headers, value), 0))).toEqual({
      code,
      detail: expect.stringMatching(detail) as unknown,
    });
  });
});

test('a tombstone of a state is read in any mode, and needs its key', () => {
  for (const headers of [{}, attributes, structured, { 'content-type': 'text/plain' }]) {
    expect(decoderOf(stateTopic)(recordOf(headers, null, 'acme:ada'), 0)).toMatchObject({
      received: { data: null, key: 'acme:ada' },
    });
  }
  expect(decoderOf(stateTopic)(recordOf({}, null), 0)).toMatchObject({
    rejection: { code: 'empty_value', detail: 'a tombstone needs a key and a null value' },
  });
});

test('an id or source that is too long is not repeated by what is derived from the rejection', () => {
  const decoded = decode(recordOf({ ...attributes, ce_id: 'x'.repeat(1_000_000) }, data), 0);
  expect(decoded).toMatchObject({ rejection: { code: 'not_a_cloud_event', source: '/test' } });
  expect(decoded).not.toHaveProperty('rejection.id');
});
