import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliveryIdOf, emailRecipient, groupRecipient, notificationIdOf, uuidv5 } from './ids.ts';

/** RFC 9562, word by word. */
function byTheBook(name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from('b1f6c7c05d0a4cf19f9e1d6b2a7c3e58', 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

describe('ids', () => {
  test('are version 5 of RFC 9562, whatever the name', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }),
        (parts) => uuidv5(...parts) === byTheBook(parts.join('\n')),
      ),
    );
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

  test('a group of long ids is named by its hash, in any order the same, and fits into an index', () => {
    const ids = Array.from({ length: 8 }, (_, n) => `${n}${'é'.repeat(199)}`);
    expect(groupRecipient(ids)).toBe(`group:#${uuidv5(...ids)}`);
    expect(groupRecipient([...ids].reverse())).toBe(groupRecipient(ids));
    expect(groupRecipient(['a'.repeat(200), 'b'.repeat(200), 'c'.repeat(98)])).toMatch(/^group:a+,b+,c+$/);
    expect(groupRecipient(['a'.repeat(200), 'b'.repeat(200), 'c'.repeat(99)])).toMatch(/^group:#[0-9a-f-]{36}$/);
  });
});
