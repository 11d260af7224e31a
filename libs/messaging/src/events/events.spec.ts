import { notificationRequested, recipientChanged } from '@carillon/domain';
import { describe, expect, test } from '@jest/globals';
import { InvalidPayload } from '../errors.ts';
import { decoderOf, type Decoded } from './decode.ts';
import { encode, tombstone } from './encode.ts';
import type { RawRecord } from '../records/record.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';

const request = { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: 'Report ready' };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function arriving({ key, value, headers }: Pick<RawRecord, 'key' | 'value' | 'headers'>): KafkaRecord {
  const bytes = (text: Buffer | string | null): Buffer | null => (typeof text === 'string' ? Buffer.from(text) : text);
  const wire = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
  return { key: bytes(key), value: bytes(value), headers: wire, offset: '7', timestamp: '1700000000000' };
}

const binary = {
  ce_specversion: '1.0',
  ce_id: 'r-1',
  ce_source: '/acme/reports',
  ce_type: notificationRequested.name,
  'content-type': 'application/json',
};
const structuredWith = (id: string): string =>
  JSON.stringify({ specversion: '1.0', id, source: '/a', type: notificationRequested.name, data: {} });
const decode = decoderOf(notificationRequested);
const read = (value: string | Buffer | null, headers: Record<string, string> = binary) =>
  decode(arriving({ key: 'r-1', value, headers }), 3);

function received<T>(decoded: { received: T } | { rejection: unknown }): T {
  if ('received' in decoded) return decoded.received;
  throw new Error(JSON.stringify(decoded.rejection));
}

function rejection(decoded: Decoded<typeof notificationRequested>) {
  if ('rejection' in decoded) return decoded.rejection;
  throw new Error('was read');
}

describe('encode', () => {
  test('writes a CloudEvent in binary mode with the key its topic declares', () => {
    const record = encode(notificationRequested, {
      id: 'r-1',
      source: '/acme/reports',
      data: { ...request, threadKey: 't-1' },
      traceparent,
      subject: 's',
    });
    expect(record).toMatchObject({
      topic: notificationRequested.name,
      key: 't-1',
      headers: { ...binary, ce_subject: 's', traceparent },
    });
    expect(JSON.parse(record.value as string)).toEqual({ ...request, threadKey: 't-1' });
  });

  test('begins a trace where none is active, so that every record has one', () => {
    expect(encode(notificationRequested, { id: '1', source: 's', data: request }).headers['traceparent']).toMatch(
      /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/,
    );
  });

  test('refuses a payload of another shape and names the field', () => {
    const misspelt = { ...request, titel: 'x', to: [{ membr: 'ada' }] } as never;
    expect(() => encode(notificationRequested, { id: '1', source: 's', data: misspelt })).toThrow(InvalidPayload);
    expect(() => encode(notificationRequested, { id: '1', source: 's', data: misspelt })).toThrow(
      /to\[0\]\.membr: unknown field.*titel: unknown field/,
    );
  });

  test('a tombstone has no value and a version', () => {
    expect(tombstone(recipientChanged, 'acme:ada', 4)).toMatchObject({
      key: 'acme:ada',
      value: null,
      headers: { version: '4' },
    });
  });
});

describe('decode', () => {
  test('reads what encode wrote', () => {
    const record = encode(notificationRequested, {
      id: 'r-1',
      source: '/acme/reports',
      data: request,
      traceparent,
      tracestate: 'a=b',
      time: '2026-11-22T00:00:00Z',
    });
    expect(received(decode(arriving(record), 3))).toMatchObject({
      ...{
        id: 'r-1',
        source: '/acme/reports',
        type: notificationRequested.name,
        time: '2026-11-22T00:00:00Z',
        data: request,
      },
      ...{ traceparent, tracestate: 'a=b', key: 'r-1', partition: 3, offset: '7', timestamp: 1_700_000_000_000 },
    });
  });

  test('reads the structured mode, its trace context as header or attribute', () => {
    const event = {
      specversion: '1.0',
      id: 'r-1',
      source: '/acme',
      type: notificationRequested.name,
      traceparent,
      data: request,
    };
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    expect(received(read(JSON.stringify(event), headers))).toMatchObject({
      id: 'r-1',
      source: '/acme',
      data: request,
      traceparent,
    });
    const base64 = { ...event, data: undefined, data_base64: Buffer.from(JSON.stringify(request)).toString('base64') };
    expect(received(read(JSON.stringify(base64), headers)).data).toEqual(request);
  });

  test('reads header values as UTF-8', () => {
    expect(received(read(JSON.stringify(request), { ...binary, ce_source: '/größe/読' })).source).toBe('/größe/読');
  });

  test('a tombstone is data null on a compacted topic, with its version, CloudEvent or not', () => {
    const decoded = decoderOf(recipientChanged)(arriving(tombstone(recipientChanged, 'acme:ada', 4)), 0);
    expect(received(decoded)).toMatchObject({ data: null, version: 4, key: 'acme:ada' });
  });

  test.each(['acme:a\0', 'k'.repeat(501)])('refuses a state under a key that no index takes', (key) => {
    expect(decoderOf(recipientChanged)(arriving(tombstone(recipientChanged, key, 1)), 0)).toMatchObject({
      rejection: { code: 'invalid_key' },
    });
  });

  test.each([
    ['no value on a topic that is not compacted', null, binary, 'empty_value', /tombstone/],
    ['an empty value', '', binary, 'empty_value', /no value/],
    ['a missing attribute', '{}', { ...binary, ce_id: '' }, 'not_a_cloud_event', /^ce_id is missing$/],
    [
      'another version of CloudEvents',
      '{}',
      { ...binary, ce_specversion: '0.3' },
      'not_a_cloud_event',
      /ce_specversion is "0.3"/,
    ],
    [
      'a line feed in the id',
      '{}',
      { ...binary, ce_id: 'a\nb' },
      'not_a_cloud_event',
      /^ce_id: must not contain control characters$/,
    ],
    [
      'NUL in the source',
      '{}',
      { ...binary, ce_source: '/a\0' },
      'not_a_cloud_event',
      /^ce_source: must not contain control characters$/,
    ],
    ['an id that is too long', '{}', { ...binary, ce_id: 'x'.repeat(201) }, 'not_a_cloud_event', /^ce_id: .*200/],
    [
      'a source that is too long',
      '{}',
      { ...binary, ce_source: 'x'.repeat(501) },
      'not_a_cloud_event',
      /^ce_source: .*500/,
    ],
    [
      'text that nobody can store',
      JSON.stringify({ ...request, title: 'a\0' }),
      binary,
      'invalid_payload',
      /^title: must not contain NUL/,
    ],
    [
      'an offset that nobody has',
      JSON.stringify({ ...request, expiresAt: '2026-01-01T00:00:00+23:59' }),
      binary,
      'invalid_payload',
      /^expiresAt: .*15:59/,
    ],
    ['no headers at all', '{}', {}, 'not_a_cloud_event', /ce_specversion is missing/],
    [
      'another topic’s type',
      '{}',
      { ...binary, ce_type: 'other.v1' },
      'wrong_type',
      /"other.v1".*carillon\.notification\.requested\.v1/,
    ],
    [
      'another content type',
      '{}',
      { ...binary, 'content-type': 'text/plain' },
      'unsupported_content_type',
      /text\/plain/,
    ],
    ['broken JSON', '{"a": 1,\n "b": }', binary, 'not_json', /^not JSON at line 2, column 7$/],
    ['JSON that ends too early', '{"a": [1, 2', binary, 'not_json', /^the value ends too early$/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b]), binary, 'not_utf8', /UTF-8/],
    ['a missing field', '{"tenantId":"acme","title":"t"}', binary, 'invalid_payload', /^type: is missing$/],
    [
      'a wrong field deep inside',
      JSON.stringify({ ...request, to: [{ member: 'a' }, { member: 5 }] }),
      binary,
      'invalid_payload',
      /^to\[1\]\.member: .*string/,
    ],
    [
      'a structured event that is no object',
      '[1]',
      { 'content-type': 'application/cloudevents+json' },
      'not_a_cloud_event',
      /one JSON object/,
    ],
    [
      'half of a surrogate pair in an id',
      structuredWith('\ud83d'),
      { 'content-type': 'application/cloudevents+json' },
      'not_a_cloud_event',
      /^id: must not/,
    ],
    [
      'a structured event without an id',
      '{"specversion":"1.0"}',
      { 'content-type': 'application/cloudevents+json' },
      'not_a_cloud_event',
      /^id is missing$/,
    ],
  ])('says what is wrong with %s', (_what, value, headers, code, detail) => {
    const found = rejection(read(value, headers));
    expect(found.code).toBe(code);
    expect(found.detail).toMatch(detail);
  });

  test('a rejection keeps the original bytes and what could be read', () => {
    const value = Buffer.from('{"tenantId":"acme","title":"t"}');
    const found = rejection(read(value, { ...binary, traceparent }));
    expect(found).toMatchObject({
      id: 'r-1',
      source: '/acme/reports',
      key: 'r-1',
      offset: '7',
      partition: 3,
      traceparent,
      data: { tenantId: 'acme', title: 't' },
    });
    expect(found.raw.value).toBe(value);
  });

  test('never throws, however strange the record', () => {
    const deep = '['.repeat(200_000);
    for (const value of [
      deep,
      `{"a":${deep}`,
      '"\ud800"',
      '{"__proto__":{"x":1}}',
      'nul',
      '{"a":"\u0001"}',
      `"${'\\u0041'.repeat(100_000)}`,
    ]) {
      expect(() => read(value)).not.toThrow();
    }
    const twice = {
      key: null,
      value: Buffer.from('{}'),
      offset: '1',
      timestamp: '1',
      headers: { ...binary, ce_id: ['a', Buffer.from('b')], odd: null },
    };
    expect(() => decode(twice as never, 0)).not.toThrow();
  });
});
