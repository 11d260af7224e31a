// The link with which a person turns off the e-mails of one type without signing in: delivery signs it, preferences
// reads it. Promises: only who has the key can make one; it names one tenant, one recipient and one type, and can do
// nothing but unsubscribe. It never expires: mail is kept for years, and an old link must still work. An entry point of
// its own, like ids.
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

/** The first line keeps what this key signs here apart from anything else it might ever sign. */
const signatureOf = (key: string, payload: string): Buffer =>
  createHmac('sha256', key).update(`carillon.unsubscribe.v1\n${payload}`).digest();
