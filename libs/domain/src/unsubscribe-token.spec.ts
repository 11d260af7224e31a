// Whose unsubscribe links are believed.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readUnsubscribeToken, signUnsubscribeToken } from './unsubscribe-token.ts';

const key = 'k'.repeat(32);
const subject = fc.record({ tenantId: fc.string(), recipient: fc.string({ unit: 'grapheme' }), type: fc.string() });

test('a link that was signed says what it was signed for, whatever that is, and can stand in a URL', () => {
  fc.assert(
    fc.property(subject, (what) => {
      const token = signUnsubscribeToken(key, what);
      expect(token).toMatch(/^[\w-]+\.[\w-]+$/);
      expect(readUnsubscribeToken(key, token)).toEqual(what);
    }),
  );
});

test('nothing else is believed: another key, another payload, noise', () => {
  const [payload, signature] = signUnsubscribeToken(key, {
    tenantId: 'acme',
    recipient: 'member:ada',
    type: 'report.ready',
  }).split('.');
  const [other] = signUnsubscribeToken(key, { tenantId: 'acme', recipient: 'member:bob', type: 'report.ready' }).split(
    '.',
  );
  expect(readUnsubscribeToken('x'.repeat(32), `${payload}.${signature}`)).toBeUndefined();
  expect(readUnsubscribeToken(key, `${other}.${signature}`)).toBeUndefined();
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('.', '..', `${payload}`, `${payload}.`, `${payload}.${signature}.x`)),
      (noise) => {
        expect(readUnsubscribeToken(key, noise)).toBeUndefined();
      },
    ),
  );
});
