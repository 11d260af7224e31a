// CloudEvents 1.0 on Kafka in binary mode, case by case: what is read, and how the rest is refused.
import { describe, expect, test } from '@jest/globals';
import type { HeaderValue } from '../records/record.ts';
import { attributes, data, decode, recordOf, rejectionOf, structured, topic } from '../testing/cloud-event-records.ts';
import { uniqueTopic } from '../testing/unique-topic.ts';
import { decoderOf } from './decode.ts';

const stateTopic = uniqueTopic({ retention: 'compacted' });

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
