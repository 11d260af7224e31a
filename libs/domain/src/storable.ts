// Text that PostgreSQL can store: without NUL and without half of a surrogate pair. Guarantee: text that cannot be
// stored is refused where it enters, with the name of its field, and never fails in SQL, where it would stop the
// records behind it. A check costs two native scans, because every text of the platform is checked.
import { z } from 'zod';

export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** No producer needs deeper JSON, and recursion over deeper JSON can exhaust the stack. */
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

/** The schema that every free text extends: `storableText.min(1).max(500)`. */
export const storableText = z.string().refine(isStorable, unstorableText);

/** For text that is only displayed: characters that cannot be stored are removed or replaced. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();
