// CloudEvents 1.0 on Kafka in structured mode, case by case: what is read, and how the rest is refused.
import { describe, expect, test } from '@jest/globals';
import type { HeaderValue } from '../records/record.ts';
import { attributes, data, decode, event, recordOf, rejectionOf, structured } from '../testing/cloud-event-records.ts';

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

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
