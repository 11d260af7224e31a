import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { secureUrl, webUrl } from './web-url.ts';

/** What the schema is to accept, in its slowest form. */
const reference = z.url({ protocol: /^https?$/ }).max(3000);

const parts = {
  scheme: ['https://', 'http://', 'HTTPS://', 'ftp://', 'https:', 'javascript:', '//', ''],
  host: [
    ...[
      'a.test',
      'app.example',
      'A.test',
      'a-b.c.test',
      '-a.test',
      'a..test',
      '.test',
      'a.test.',
      'localhost',
      'a_b.test',
    ],
    ...[
      '1.2.3.4',
      '1.2.3.999',
      '1.2.3',
      'a.1',
      'a.0x1',
      '[::1]',
      '[::g]',
      'xn--bcher-kva.test',
      'xn--a.test',
      'a.xn--a',
    ],
    ...[
      'bücher.test',
      'a b.test',
      'a%41.test',
      'a%.test',
      'user:pass@a.test',
      'a.test:80',
      'a.test:99999',
      'a.test:',
      '',
    ],
  ],
  rest: [
    '',
    '/',
    '/a/b?c=d#e',
    '?q',
    '#f',
    '\\a',
    '/ü',
    '/a b',
    '/%',
    '/@',
    '/<>"{}|^`',
    '/xn--a',
    ' ',
    '\n',
    '/a\u0007',
  ],
};

describe('URLs', () => {
  test('are accepted as `new URL()` accepts them', () => {
    const texts = parts.scheme.flatMap((scheme) =>
      parts.host.flatMap((host) => parts.rest.map((rest) => `${scheme}${host}${rest}`)),
    );
    const different = texts.filter((text) => webUrl.safeParse(text).data !== reference.safeParse(text).data);
    expect(different).toEqual([]);
    expect(texts.filter((text) => webUrl.safeParse(text).success).length).toBeGreaterThan(100);
  });

  test.each([
    ['http://a.test/x', 'must be https: an http URL is not fetched'],
    ['a.test/x', 'must be a whole https URL'],
  ])('of a file are https: %s', (text, message) => {
    expect(secureUrl.safeParse('https://a.test/x').success).toBe(true);
    expect(secureUrl.safeParse(text).error?.issues[0]?.message).toBe(message);
  });
});
