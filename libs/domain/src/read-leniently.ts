// Reads a value that a neighbouring release wrote: what this release does not know is left out where it can do without.
// Guarantees: a value that the schema accepts is returned as the schema returns it; a field that the schema does not
// know, an optional field with an enumeration's value that it does not know, and an item of a list that is of none of
// the kinds or values that it knows are dropped; every other error stays an error, with the issues of the value as it
// came. Does not change the value that it is given.
import { z } from 'zod';

/** Each round removes what one level of nesting hides; content is at most this deep. */
const mostRounds = 8;

export function parseLeniently<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  const first = schema.safeParse(value);
  let result = first;
  let candidate = value;
  for (let round = 0; round < mostRounds && !result.success; round++) {
    const copy = structuredClone(candidate);
    if (!removeUnknown(copy, result.error.issues)) return first;
    candidate = copy;
    result = schema.safeParse(candidate);
  }
  return result.success ? result : first;
}

/** The same as a schema, for a part of a larger one. */
export const lenient = <S extends z.ZodType>(schema: S) =>
  z.unknown().transform((value, context): z.output<S> => {
    const result = parseLeniently(schema, value);
    if (result.success) return result.data;
    for (const { message, path } of result.error.issues) context.addIssue({ code: 'custom', message, path: [...path] });
    return z.NEVER;
  });

/** Whether something was removed. */
function removeUnknown(value: unknown, issues: readonly z.core.$ZodIssue[]): boolean {
  let removed = false;
  const items: (readonly PropertyKey[])[] = [];
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') removed = remove(value, issue.path, issue.keys) || removed;
    else if (['invalid_union', 'invalid_value'].includes(issue.code) && typeof issue.path.at(-1) === 'number')
      items.push(issue.path);
    else if (issue.code === 'invalid_value' && issue.path.length > 0)
      removed = remove(value, issue.path.slice(0, -1), [issue.path.at(-1)!]) || removed;
  }
  // From the last one on, so that the places of the others stay.
  for (const path of items.toReversed()) removed = removeItem(value, path) || removed;
  return removed;
}

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((parent, step) => (parent as Record<PropertyKey, unknown> | undefined)?.[step], value);

function removeItem(value: unknown, path: readonly PropertyKey[]): boolean {
  const list = at(value, path.slice(0, -1));
  return Array.isArray(list) && list.splice(path.at(-1) as number, 1).length > 0;
}

function remove(value: unknown, path: readonly PropertyKey[], keys: readonly PropertyKey[]): boolean {
  const parent = at(value, path) as Record<PropertyKey, unknown> | undefined;
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return false;
  return keys.filter((key) => Object.hasOwn(parent, key) && Reflect.deleteProperty(parent, key)).length > 0;
}
