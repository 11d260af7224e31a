// What a change leaves of what is stored, purely. Guarantee: fields that this release does not know, and values that it
// cannot read, stay as a newer release has stored them, until a change replaces or removes what they belong to. How it
// works: a field whose value is after the change as it was read before is stored as it was stored.
import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

/** A part of what is stored, in three forms: as it is, as this release reads it, and as the change makes it. */
export interface Changed {
  stored: Fields;
  read: Fields;
  made: Fields;
}

export function keepUnknown({ stored, read, made }: Changed): Record<string, unknown> {
  const names = new Set([...Object.keys(stored), ...Object.keys(made)]);
  const kept = [...names].map((name): [string, unknown] => {
    const isSame = isDeepStrictEqual(own(made, name), own(read, name));
    return [name, isSame ? (own(stored, name) ?? own(made, name)) : own(made, name)];
  });
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** The same within each of the entries of these names; others are removed. */
export function keepUnknownIn(names: readonly string[], { stored, read, made }: Changed): Record<string, unknown> {
  const kept = names.map((name): [string, Record<string, unknown>] => [
    name,
    keepUnknown({ stored: fieldsOf(stored, name), read: fieldsOf(read, name), made: fieldsOf(made, name) }),
  ]);
  return Object.fromEntries(kept.filter(([, fields]) => Object.keys(fields).length > 0));
}

const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

function fieldsOf(parts: Fields, name: string): Fields {
  const found = own(parts, name);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Fields) : {};
}
