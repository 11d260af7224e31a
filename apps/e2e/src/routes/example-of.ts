// A value that a JSON Schema accepts, as small as it may be: what a hostile request is bent from, and what reaches
// furthest into a route. Patterns are answered by the few values that the platform's ids have.
import type { Schema } from './route.ts';

export function exampleOf(schema: Schema, name = '', ids: Readonly<Record<string, unknown>> = {}): unknown {
  if (Object.hasOwn(ids, name)) return ids[name];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice?.[0]) return exampleOf(choice[0], name, ids);
  if (schema.allOf)
    return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, name, ids) as object)) as unknown;
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([key]) => schema.required?.includes(key) || Object.hasOwn(ids, key))
          .map(([key, part]) => [key, exampleOf(part, key, ids)]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => exampleOf(schema.items ?? {}, name, ids));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'string':
      return stringOf(schema);
    case undefined:
    default:
      return {};
  }
}

function stringOf({ format, minLength = 1 }: Schema): string {
  if (format === 'uuid') return '00000000-0000-4000-8000-000000000000';
  if (format === 'email' || format === 'idn-email') return 'nobody@carillon.test';
  if (format === 'uri') return 'http://127.0.0.1:1/';
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  return 'x'.repeat(minLength);
}
