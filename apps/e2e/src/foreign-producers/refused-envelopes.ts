// Every way that we could think of in which the envelope or the content of a record on a product's topic is wrong, on
// whichever topic.
import { bytes, headersWith, inStructuredMode, manyHeaders } from './accepted-envelopes.ts';
import {
  brokenJson,
  contentType,
  data,
  event,
  field,
  header,
  invalid,
  missing,
  notCloudEvent,
  notJson,
  notUtf8,
  value,
  type Refused,
} from './refused.ts';
import { structured } from './valid-records.ts';
import { memberKey } from './refused-on-topic.ts';

export const refusedForms: Record<string, Refused> = {
  'no ce_specversion': missing('ce_specversion'),
  'no ce_id': missing('ce_id'),
  'no ce_source': missing('ce_source'),
  'no ce_type': missing('ce_type'),
  'no header at all': notCloudEvent(/ce_specversion is missing/, () => ({ headers: [] })),
  'specversion 0.3': notCloudEvent(/ce_specversion is "0\.3"; 1\.0 is read/, header('ce_specversion', '0.3')),
  'specversion 1.0.1': notCloudEvent(/ce_specversion is "1\.0\.1"/, header('ce_specversion', '1.0.1')),
  'specversion 1': notCloudEvent(/ce_specversion is "1"/, header('ce_specversion', '1')),
  'an empty specversion': notCloudEvent(/ce_specversion is missing/, header('ce_specversion', '')),
  'an empty id': notCloudEvent(/ce_id is missing/, header('ce_id', '')),
  'an id without a value': notCloudEvent(/ce_id is missing/, ({ record }) => ({
    headers: record.headers.map(([name, given]) => [name, name === 'ce_id' ? null : given]),
  })),
  'an id of 201 characters': notCloudEvent(/ce_id.*200/, header('ce_id', 'x'.repeat(201))),
  'an id of 1 MB': notCloudEvent(/ce_id/, header('ce_id', 'x'.repeat(1_000_000))),
  'an id with a line feed': notCloudEvent(/ce_id.*control/, header('ce_id', 'a\nb')),
  'an id with NUL': notCloudEvent(/ce_id.*control/, header('ce_id', 'a\0b')),
  'an id that is not UTF-8': notCloudEvent(/ce_id is not UTF-8/, header('ce_id', Buffer.from([0x61, 0xff, 0xfe]))),
  'an id that is given twice, empty the second time': notCloudEvent(/ce_id is missing/, ({ record }) => ({
    headers: [...record.headers, ['ce_id', bytes('')]],
  })),
  'a source of 501 characters': notCloudEvent(/ce_source.*500/, header('ce_source', `/acme/${'x'.repeat(495)}`)),
  'a source with a control character': notCloudEvent(/ce_source.*control/, header('ce_source', '/acme/\u0007')),
  'a source that is not UTF-8': notCloudEvent(
    /ce_source is not UTF-8/,
    header('ce_source', Buffer.from([0x2f, 0x61, 0xc3, 0x28])),
  ),
  'the type of another topic': {
    reason: /^wrong_type$/,
    detail: /"carillon\.notification\.outcome\.v1"; this topic carries carillon/,
    form: header('ce_type', 'carillon.notification.outcome.v1'),
  },
  'the type in capitals': {
    reason: /^wrong_type$/,
    detail: /CARILLON/,
    form: ({ topic, ...good }) => ({ headers: headersWith({ topic, ...good }, { ce_type: topic.name.toUpperCase() }) }),
  },
  'a type of 1 MB': { reason: /^wrong_type$/, detail: /^.{0,400}$/s, form: header('ce_type', 'x'.repeat(1_000_000)) },
  'the names of HTTP headers': notCloudEvent(/on Kafka it is ce_specversion, not ce-specversion/, ({ record }) => ({
    headers: record.headers.map(([name, given]) => [name.replace('ce_', 'ce-'), given]),
  })),
  'the names of attributes without ce_': notCloudEvent(/ce_specversion is missing/, ({ record }) => ({
    headers: record.headers.map(([name, given]) => [name.replace('ce_', ''), given]),
  })),

  XML: contentType('application/xml'),
  'plain text': contentType('text/plain'),
  bytes: contentType('application/octet-stream'),
  Avro: contentType('application/avro'),
  Protobuf: contentType('application/protobuf'),
  'a content type that is none': contentType('\0\u0001;;;=', /content-type is/),
  'an empty content type': contentType('', /content-type is ""/),
  'a content type of 900 kB': contentType('x'.repeat(900_000), /^.{0,400}$/s),
  'the batch format': contentType(
    'application/cloudevents-batch+json',
    /batch format; a record carries one CloudEvent/,
  ),
  'a CloudEvent in Avro': contentType('application/cloudevents+avro', /the format "avro"/),
  'charset latin1': contentType('application/json; charset=latin1', /charset "latin1" is not read, utf-8 is/),
  'charset UTF-16': contentType('application/json;charset="UTF-16"', /charset "utf-16" is not read/),
  'ce_datacontenttype XML': {
    reason: /^unsupported_content_type$/,
    detail: /ce_datacontenttype is "application\/xml"/,
    form: (good) => ({ headers: headersWith(good, { 'content-type': null, ce_datacontenttype: 'application/xml' }) }),
  },

  'an empty value': { reason: /^empty_value$/, detail: /value/, form: () => ({ value: Buffer.alloc(0) }) },
  'bytes that are not UTF-8': notUtf8(value(() => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))),
  'an overlong encoding': notUtf8(value(({ record }) => Buffer.concat([record.value!, Buffer.from([0xc0, 0xaf])]))),
  'half of a surrogate pair as bytes': notUtf8(
    value(({ record }) => Buffer.concat([record.value!.subarray(0, -2), Buffer.from([0xed, 0xa0, 0x80]), bytes('"}')])),
  ),
  'latin1 bytes': notUtf8(({ record, topic }) => ({
    value: Buffer.from(`{"${topic.text}":"Über",${String(record.value).slice(1)}`, 'latin1'),
  })),
  'gzip by the application': notUtf8(value(() => Buffer.from('1f8b0800000000000003abae0500', 'hex'))),
  'UTF-16': notJson(/line 1, column/, ({ record }) => ({ value: Buffer.from(String(record.value), 'utf16le') })),
  'a byte order mark': notJson(/line 1, column 1/, ({ record }) => ({ value: bytes(`\ufeff${String(record.value)}`) })),
  "Confluent's wire format": notJson(/line 1, column 1/, ({ record }) => ({
    value: Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), record.value!]),
  })),
  'JSON that ends too early': notJson(/ends too early/, ({ record }) => ({ value: record.value!.subarray(0, -1) })),
  'white space alone': notJson(
    /empty/,
    value(() => ' \n '),
  ),
  'a comma too many': notJson(/line 1, column/, ({ record }) => ({
    value: bytes(`${String(record.value).slice(0, -1)},}`),
  })),
  'single quotes': notJson(/line 1, column 2/, ({ record }) => ({
    value: bytes(String(record.value).replaceAll('"', "'")),
  })),
  NaN: notJson(
    /line 1, column/,
    field(() => 'n', 'NaN'),
  ),
  'two documents': notJson(/line 1, column/, ({ record }) => ({ value: bytes(String(record.value).repeat(2)) })),
  'a control character inside a string': notJson(
    /line 1, column/,
    field(() => 'n', '"\u0001"'),
  ),
  null: invalid(
    /object/,
    value(() => 'null'),
  ),
  'an array': invalid(
    /object/,
    value(({ record }) => `[${String(record.value)}]`),
  ),
  'a string of JSON': invalid(
    /object/,
    value(({ record }) => JSON.stringify(String(record.value))),
  ),
  'a number': invalid(
    /object/,
    value(() => '1e999'),
  ),
  '100,000 levels of arrays': {
    reason: /^(?:invalid_payload|not_json|unreadable)$/,
    detail: /\w{3}/,
    form: value(() => '['.repeat(100_000) + ']'.repeat(100_000)),
  },
  '100,000 levels that are never closed': notJson(
    /too early/,
    value(() => '{"a":'.repeat(100_000)),
  ),
  '100,000 levels inside a field': {
    reason: /^(?:invalid_payload|not_json|unreadable)$/,
    detail: /\w{3}/,
    form: (good) => field(() => good.topic.text, `${'['.repeat(100_000)}${']'.repeat(100_000)}`)(good),
  },
  'NUL in a text': invalid(
    /NUL|control/,
    field(({ topic }) => topic.text, '"a\\u0000b"'),
  ),
  'half of a surrogate pair in a text': invalid(
    /surrogate|control/,
    field(({ topic }) => topic.text, '"a\\ud800b"'),
  ),
  'a text that is a number': invalid(
    /string/,
    field(({ topic }) => topic.text, '7'),
  ),
  'a text that is an object': invalid(
    /string/,
    field(({ topic }) => topic.text, '{"toString":1}'),
  ),
  'a text of 900 kB': invalid(/characters/, (good) =>
    field(() => good.topic.text, JSON.stringify('x'.repeat(900_000)))(good),
  ),
  'no tenant': invalid(/tenantId/, data({ tenantId: undefined })),
  'a tenant that is a list': invalid(/tenantId/, data({ tenantId: ['acme'] })),
  'a tenant with a colon': invalid(/tenantId.*colon/, data({ tenantId: 'acme:ada' })),
  'everything under __proto__': invalid(
    /tenantId/,
    value(({ record }) => `{"__proto__":${String(record.value)}}`),
  ),

  'structured mode of another type': {
    reason: /^wrong_type$/,
    detail: /this topic carries/,
    form: event({ type: 'com.example.other' }),
  },
  'structured mode without a type': notCloudEvent(/^type is missing/, event({ type: undefined })),
  'structured mode, specversion as a number': notCloudEvent(/^specversion must be a string/, event({ specversion: 1 })),
  'structured mode, specversion 0.3': notCloudEvent(/^specversion is "0\.3"/, event({ specversion: '0.3' })),
  'structured mode, id as an object': notCloudEvent(/^id must be a string/, event({ id: {} })),
  'structured mode, id with NUL': notCloudEvent(/^id: .*control/, event({ id: 'a\0' })),
  'structured mode without data': notCloudEvent(/^data is missing/, event({ data: undefined })),
  'structured mode with data as a string': invalid(/object/, (good) =>
    inStructuredMode(good, { data: JSON.stringify(good.data) }),
  ),
  'structured mode, base64 that is none': notCloudEvent(
    /data_base64/,
    event({ data: undefined, data_base64: '{not base64}' }),
  ),
  'structured mode, base64 as an object': notCloudEvent(
    /data_base64/,
    event({ data: undefined, data_base64: { a: 1 } }),
  ),
  'structured mode, base64 of no JSON': notJson(
    /data_base64/,
    event({ data: undefined, data_base64: Buffer.from('{"a":').toString('base64') }),
  ),
  'structured mode, base64 of no UTF-8': notUtf8(
    event({ data: undefined, data_base64: Buffer.from([0x7b, 0xff]).toString('base64') }),
  ),
  'structured mode, data twice': notCloudEvent(/data and data_base64/, event({ data_base64: 'e30=' })),
  'structured mode, data in XML': {
    reason: /^unsupported_content_type$/,
    detail: /datacontenttype is "application\/xml"/,
    form: event({ datacontenttype: 'application/xml' }),
  },
  'structured mode inside structured mode': {
    reason: /^unsupported_content_type$/,
    detail: /inside another/,
    form: event({ datacontenttype: 'application/cloudevents+json' }),
  },
  'structured mode, a list': notCloudEvent(/one JSON object/, (good) => ({
    ...inStructuredMode(good),
    value: bytes(`[${structured(good.topic.name, good.id, good.data)}]`),
  })),
  'structured mode, no JSON': notJson(/the CloudEvent is/, (good) => ({
    ...inStructuredMode(good),
    value: bytes('<event/>'),
  })),
  'structured mode that is not announced': notCloudEvent(
    /content-type is not application\/cloudevents\+json/,
    (good) => ({ ...inStructuredMode(good), headers: [] }),
  ),

  'broken with 10,000 headers': notJson(/too early/, (good) => ({
    ...brokenJson(good),
    headers: [...good.record.headers, ...manyHeaders(10_000)],
  })),
  'broken with one header name 10,000 times': notJson(/too early/, (good) => ({
    ...brokenJson(good),
    headers: [...good.record.headers, ...Array.from({ length: 10_000 }, (): [string, Buffer] => ['again', bytes('v')])],
  })),
  'broken with a tracestate of 1 MB': notJson(/too early/, (good) => ({
    ...brokenJson(good),
    headers: headersWith(good, { tracestate: 'x'.repeat(1_000_000) }),
  })),
  'broken with headers that forge a dead letter': notJson(/too early/, (good) => ({
    ...brokenJson(good),
    headers: headersWith(good, {
      dlq_reason: 'forged',
      DLQ_DETAIL: 'forged',
      dlq_retried: '0',
      dlq_truncated: 'batch',
      dlq_offset: '999',
    }),
  })),
  'broken with headers that have no value': notJson(/too early/, (good) => ({
    ...brokenJson(good),
    headers: [...good.record.headers, ['', null], ['nothing', null]],
  })),
  'broken with a key of 600 kB': {
    reason: /^(?:not_json|invalid_key)$/,
    detail: /too early|key/,
    form: (good) => ({ ...brokenJson(good), key: Buffer.alloc(600_000, 'k') }),
  },
  'broken with a key that is not UTF-8': {
    reason: /^(?:not_json|invalid_key)$/,
    detail: /too early|key/,
    form: (good) => ({ ...brokenJson(good), key: Buffer.from([0xff, 0x00, 0xfe]) }),
  },
  'broken with an empty key': notJson(/too early/, (good) => ({ ...brokenJson(good), key: Buffer.alloc(0) })),

  'a tenant that is not declared': {
    reason: /^unknown_tenant$/,
    detail: /umbrella/,
    form: (good) => ({ ...data({ tenantId: 'umbrella' })(good), ...memberKey(good, 'umbrella') }),
  },
  'the tenant __proto__': {
    reason: /^unknown_tenant$/,
    detail: /__proto__/,
    form: (good) => ({ ...data({ tenantId: '__proto__' })(good), ...memberKey(good, '__proto__') }),
  },
  "another tenant's source": {
    reason: /^source_not_allowed$/,
    detail: /\/globex\/app/,
    form: (good) => ({ headers: headersWith(good, { ce_source: '/globex/app' }) }),
  },
  "a way back to another tenant's source": {
    reason: /^source_not_allowed$/,
    detail: /\.\.\/globex/,
    form: (good) => ({ headers: headersWith(good, { ce_source: '/acme/../globex/app' }) }),
  },
};
