import { expect, test } from '@jest/globals';
import { eventIdentityOf } from './event-identity.ts';

const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test.each([
  [
    'binary mode',
    { ce_id: 'r-1', ce_source: Buffer.from('/acme') },
    json({ id: 'no' }),
    { id: 'r-1', source: '/acme' },
  ],
  ['structured mode', structured, json({ id: 'r-1', source: '/acme' }), { id: 'r-1', source: '/acme' }],
  ['a truncated structured event', structured, Buffer.from('{"id":"r-1","sour'), {}],
  ['attributes of other types', structured, json({ id: 1, source: null }), {}],
  ['a record that is no event', {}, null, {}],
])('%s', (_, headers, value, identity) => expect(eventIdentityOf(headers, value)).toEqual(identity));
