import { expect, test } from '@jest/globals';
import { senderName } from './sender-name.ts';

test('the sender’s name is plain: no mention, no control and no direction characters', () => {
  expect(senderName('Acme <!channel>')).toBe('Acme <\u200b!channel>');
  expect(senderName('Acme \u202etoB\u202c\u0007 @channel')).toBe('Acme toB @\u200bchannel');
  expect(senderName('Acme @channel_')).toBe('Acme @\u200bchannel_');
  expect(senderName('n'.repeat(200))!.length).toBeLessThanOrEqual(80);
  for (const unseen of ['  ', '\u200b', '\u00ad', '\ufeff']) expect(senderName(unseen)).toBeUndefined();
});
