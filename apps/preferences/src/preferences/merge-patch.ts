// A JSON merge patch (RFC 7396): null deletes a field, an object is merged, anything else replaces. Guarantees: the
// result of `patched` is valid by its schema, or the fields that are not are named.
import { problemOfIssues } from '@carillon/runtime';
import type { z } from 'zod';

/** Throws Problem 400. */
export function patched<T>(schema: z.ZodType<T>, before: unknown, patch: unknown): T {
  const merged = mergePatch(before, patch);
  const read = schema.safeParse(merged);
  if (!read.success) throw problemOfIssues(read.error.issues, merged);
  return read.data;
}

/** What of the result the patch names; all else was there before. */
export function namedBy<T extends object>(patch: unknown, result: T): Partial<T> {
  return intersection(patch, result) as Partial<T>;
}

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function intersection(patch: unknown, result: unknown): unknown {
  if (!isObject(patch) || !isObject(result)) return result;
  const named = Object.entries(result).filter(([name]) => Object.hasOwn(patch, name));
  return Object.fromEntries(named.map(([name, value]) => [name, intersection(patch[name], value)]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
