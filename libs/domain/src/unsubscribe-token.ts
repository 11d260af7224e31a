// The signed token in an unsubscribe link: delivery signs it, preferences reads it, and the person needs no sign-in.
// Guarantees: only a holder of the key can make a token; a token names one tenant, one recipient and one type, and
// permits nothing but unsubscribing. It never expires, because people keep mail for years and an old link must work. An
// entry point of its own, because it needs node:crypto.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const subject = z.tuple([z.string(), z.string(), z.string()]);

export interface Unsubscribable {
  tenantId: string;
  /** `member:ada` or `email:ada@acme.test`. */
  recipient: string;
  type: string;
}

export function signUnsubscribeToken(key: string, { tenantId, recipient, type }: Unsubscribable): string {
  const payload = Buffer.from(JSON.stringify([tenantId, recipient, type])).toString('base64url');
  return `${payload}.${signatureOf(key, payload).toString('base64url')}`;
}

/** @returns undefined for anything that was not signed with this key */
export function readUnsubscribeToken(key: string, token: string): Unsubscribable | undefined {
  const [payload = '', signature = '', ...rest] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = signatureOf(key, payload);
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const [tenantId, recipient, type] = subject.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  return { tenantId, recipient, type };
}

/** The first line separates these signatures from others that the same key may be used for. */
const signatureOf = (key: string, payload: string): Buffer =>
  createHmac('sha256', key).update(`carillon.unsubscribe.v1\n${payload}`).digest();
