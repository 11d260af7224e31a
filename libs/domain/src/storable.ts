// What PostgreSQL can hold as text: no NUL, no half of a surrogate pair.
// Promises: what a stranger wrote is refused at the edge, by its field, and never fails in SQL, where it would stop
// everybody's records behind it; a look at a text is two native scans, since every text of the platform is looked at.
import { z } from 'zod';

export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Deeper JSON is written by nobody, and a parser's stack ends somewhere. */
const deepest = 100;

/** JSON of any shape: its texts and the names in it, at most 100 levels deep. */
export function isStorableJson(value: unknown, level = 0): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (level >= deepest) return false;
  if (Array.isArray(value)) return value.every((item) => isStorableJson(item, level + 1));
  for (const name of Object.keys(value)) {
    if (!isStorable(name) || !isStorableJson((value as Record<string, unknown>)[name], level + 1)) return false;
  }
  return true;
}

export const unstorableText = 'must not contain NUL or half of a surrogate pair';
export const unstorableJson = `must not contain NUL or half of a surrogate pair, nor be nested deeper than ${deepest} levels`;

/** What every free text begins with: `storableText.min(1).max(500)`. */
export const storableText = z.string().refine(isStorable, unstorableText);

/** For what somebody else wrote and a person only reads: what can't be held is left out or replaced. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();
