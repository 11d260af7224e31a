import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, pageOf, pageQuery } from './page.ts';

const position = z.object({ at: z.string(), id: z.number() });
const rows = (count: number): { id: number; at: string }[] =>
  Array.from({ length: count }, (_, id) => ({ id, at: `t${id}` }));

describe('a page', () => {
  test('has a cursor exactly when there is more', () => {
    expect(pageOf(rows(3), 3, ({ id }) => id)).toEqual({ items: rows(3), nextCursor: null });
    const page = pageOf(rows(4), 3, ({ at, id }) => ({ at, id }));
    expect(page.items).toHaveLength(3);
    expect(decodeCursor(position, page.nextCursor ?? undefined)).toEqual({ at: 't2', id: 2 });
  });

  test.each(['"\\u0000"', '"\\ud800"', '["a", {"b": "\\u0000"}]', '{', ''])(
    'a cursor of %s, which no database holds, is a 400',
    (json) => {
      expect(() => decodeCursor(z.unknown(), Buffer.from(json).toString('base64url'))).toThrow(
        expect.objectContaining({ status: 400 }),
      );
    },
  );

  test('of nothing is the last one', () => {
    expect(pageOf([], 3, () => 0)).toEqual({ items: [], nextCursor: null });
  });

  test.each(['%%%', 'bm90IGpzb24', Buffer.from('{"at":1}').toString('base64url')])(
    'a made-up cursor (%s) is a 400 that names it',
    (cursor) => {
      expect(() => decodeCursor(position, cursor)).toThrow(
        expect.objectContaining({ status: 400, errors: [expect.objectContaining({ path: 'cursor' })] }),
      );
    },
  );

  test('has at most 200 items, 50 unless asked', () => {
    const query = z.object(pageQuery);
    expect(query.parse({})).toEqual({ limit: 50 });
    expect(query.parse({ limit: '200' }).limit).toBe(200);
    expect(query.safeParse({ limit: '201' }).success).toBe(false);
    expect(query.safeParse({ limit: '0' }).success).toBe(false);
  });
});
