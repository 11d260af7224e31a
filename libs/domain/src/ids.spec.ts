import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliveryIdOf, emailRecipient, groupRecipient, notificationIdOf, uuidv5 } from './ids.ts';

/** RFC 9562, word by word. */
function byTheBook(name: string): string {
  const bytes = createHash('sha1').update(Buffer.from('b1f6c7c05d0a4cf19f9e1d6b2a7c3e58', 'hex')).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

describe('ids', () => {
  test('are version 5 of RFC 9562, whatever the name', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (parts) => uuidv5(...parts) === byTheBook(parts.join('\n'))));
  });

  test('never change: these are in databases and on topics', () => {
    const notificationId = notificationIdOf('acme', '/acme/reports', 'r-1');
    expect(notificationId).toBe(byTheBook('acme\n/acme/reports\nr-1'));
    expect(deliveryIdOf(notificationId, 'member:ada', 'slack')).toBe(byTheBook(`${notificationId}\nmember:ada\nslack`));
  });

  test('one person is one recipient, however the address or the group is written', () => {
    expect(emailRecipient(' Ada@Acme.Test ')).toBe('email:ada@acme.test');
    expect(groupRecipient(['bob', 'ada', 'bob'])).toBe('group:ada,bob');
  });
});
