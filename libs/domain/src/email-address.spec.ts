import { expect, test } from '@jest/globals';
import { emailAddress, normaliseEmail } from './email-address.ts';
import { emailRecipient } from './ids.ts';

test.each([
  ['ada@example.com', 'ada@example.com'],
  ['  ada@example.com\n', 'ada@example.com'],
  ['Ada.Lovelace+x@Example.com', 'Ada.Lovelace+x@Example.com'],
  ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
  ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
  ['ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
  ['ada@例え.テスト', 'ada@xn--r8jz45g.xn--zckzah'],
  ['ada@xn--e1afmkfd.xn--p1ai', 'ada@xn--e1afmkfd.xn--p1ai'],
])('%j is the address %s', (written, address) => expect(emailAddress.parse(written)).toBe(address));

test.each([
  '',
  'ada',
  'ada@',
  '@example.com',
  'ada@localhost',
  'ada@exa mple.com',
  'größe@example.com',
  'ada@bücher/x.example',
  'ada@bücher.example:25',
  'ada@ü@bücher.example',
  'ada@bücher',
  `${'a'.repeat(250)}@example.com`,
  'ada@exam\0ple.com',
])('%j is refused', (written) => expect(emailAddress.safeParse(written).success).toBe(false));

test('two spellings of one address are one recipient', () => {
  expect(normaliseEmail(' Ada@Bücher.Example ')).toBe('ada@xn--bcher-kva.example');
  expect(emailRecipient('ada@BÜCHER.example')).toBe(emailRecipient('ada@xn--bcher-kva.example'));
});

test('a long hostile text is refused quickly', () => {
  const begun = process.cpuUsage();
  for (const text of [`${'a.'.repeat(499)}@`, `a@${'a-'.repeat(499)}`, 'ü'.repeat(1_000_000)])
    expect(emailAddress.safeParse(text).success).toBe(false);
  expect(process.cpuUsage(begun).user).toBeLessThan(500_000);
});
