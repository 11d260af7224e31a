// Pages of lists: `?limit=&cursor=` gives `{ items, nextCursor }`. Guarantees: a cursor is opaque; an invalid one gets
// 400, never an SQL error.
import { isStorableJson } from '@carillon/domain';
import { z } from 'zod';
import { Problem } from './problem.ts';

export interface Page<T> {
  items: T[];
  /** Null on the last page. */
  nextCursor: string | null;
}

export const LARGEST_PAGE = 200;

/** To spread into the schema of a list's query: `z.object({ ...pageQuery, status: … })`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(50),
  cursor: z.string().max(1_000).optional(),
};

/**
 * Give it `limit + 1` rows: the extra one says that there is more. `cursorOf` is what the next query needs to go on.
 */
export function pageOf<T>(items: readonly T[], limit: number, cursorOf: (last: T) => unknown): Page<T> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: items.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}

export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Undefined for the first page. */
export function decodeCursor<S extends z.ZodType>(schema: S, cursor: string | undefined): z.output<S> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!isStorableJson(position)) throw new TypeError('no text that a database holds');
    return schema.parse(position);
  } catch {
    throw new Problem(400, 'Bad Request', 'not valid: cursor', [
      { path: 'cursor', message: 'is not a cursor of this list' },
    ]);
  }
}
