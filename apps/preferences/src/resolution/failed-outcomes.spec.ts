import { notificationOutcome } from '@carillon/domain';
import { encode, type Rejection } from '@carillon/messaging';
import { describe, expect, test } from '@jest/globals';
import { failedOutcomes } from './failed-outcomes.ts';

const raw = { key: null, value: null, headers: {} };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const refused: Rejection = {
  topic: 't',
  partition: 0,
  offset: '0',
  code: 'invalid_payload',
  detail: 'd',
  key: null,
  id: 'r-1',
  source: '/acme/reports',
  data: { tenantId: 'acme' },
  traceparent,
  raw,
};
const outcomes = (changes: Partial<Rejection>) => failedOutcomes([{ ...refused, ...changes }], new Date(0));

describe('the outcome of a refused request', () => {
  test('names the notification and the reason', () => {
    expect(outcomes({})).toMatchObject([
      {
        traceparent,
        data: {
          tenantId: 'acme',
          notification: { source: '/acme/reports', id: 'r-1' },
          outcome: 'failed',
          reason: 'invalid_payload',
        },
      },
    ]);
  });

  test('fits into a record, whatever the refused one holds', () => {
    const long = 'x'.repeat(1_000_000);
    const [outcome] = outcomes({
      traceparent: `${traceparent}-${long}`,
      tracestate: long,
      detail: long,
      source: `/${'€'.repeat(499)}`,
      id: '€'.repeat(200),
      data: { tenantId: '€'.repeat(200), more: long },
    });
    const { key, value, headers } = encode(notificationOutcome, outcome!);
    expect(Buffer.byteLength([key, value, ...Object.entries(headers).flat()].join(''))).toBeLessThan(10_000);
  });

  test.each([
    ['an id that is too long', { id: 'x'.repeat(201) }],
    ['a source that is too long', { source: 'x'.repeat(501) }],
    ['a tenant that is no id', { data: { tenantId: 'a:b' } }],
    ['data that is no object', { data: [[[]]] }],
    ['half of a surrogate pair', { id: '\ud800' }],
  ])('is not published for %s: it would name no notification', (_, changes) => {
    expect(outcomes(changes)).toEqual([]);
  });
});
