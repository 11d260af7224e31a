// The keywords of JSON Schema 2020-12 that the schema of `data` may use, and where each holds subschemas. Guarantee: a
// keyword that is not listed here is refused when a schema is compiled, so that everything which reads schemas
// (validation, comparison) knows every keyword. Not listed: identifiers and dynamic references (`$id`, `$anchor`,
// `$dynamicRef`), because the only references are those into `$defs` of the root.

export type JsonObject = { readonly [name: string]: unknown };
/** A schema whose shape was checked by inspect-schema.ts. */
export type Schema = boolean | JsonObject;

/** What the value of a keyword has to be. */
export type KeywordValue =
  | 'schema'
  | 'schemas'
  | 'schemasByName'
  | 'schemasByPattern'
  | 'annotation'
  | 'text'
  | 'boolean'
  | 'count'
  | 'number'
  | 'positiveNumber'
  | 'types'
  | 'names'
  | 'namesByName'
  | 'values'
  | 'value'
  | 'pattern'
  | 'format'
  | 'reference';

export const keywords: ReadonlyMap<string, KeywordValue> = new Map<string, KeywordValue>([
  ['$schema', 'text'],
  ['$comment', 'text'],
  ['title', 'text'],
  ['description', 'text'],
  ['default', 'annotation'],
  ['examples', 'annotation'],
  ['deprecated', 'boolean'],
  ['readOnly', 'boolean'],
  ['writeOnly', 'boolean'],
  ['$ref', 'reference'],
  ['$defs', 'schemasByName'],
  ['type', 'types'],
  ['enum', 'values'],
  ['const', 'value'],
  ['minimum', 'number'],
  ['maximum', 'number'],
  ['exclusiveMinimum', 'number'],
  ['exclusiveMaximum', 'number'],
  ['multipleOf', 'positiveNumber'],
  ['minLength', 'count'],
  ['maxLength', 'count'],
  ['pattern', 'pattern'],
  ['format', 'format'],
  ['minItems', 'count'],
  ['maxItems', 'count'],
  ['uniqueItems', 'boolean'],
  ['items', 'schema'],
  ['prefixItems', 'schemas'],
  ['contains', 'schema'],
  ['minContains', 'count'],
  ['maxContains', 'count'],
  ['minProperties', 'count'],
  ['maxProperties', 'count'],
  ['required', 'names'],
  ['dependentRequired', 'namesByName'],
  ['properties', 'schemasByName'],
  ['patternProperties', 'schemasByPattern'],
  ['additionalProperties', 'schema'],
  ['propertyNames', 'schema'],
  ['unevaluatedProperties', 'schema'],
  ['unevaluatedItems', 'schema'],
  ['allOf', 'schemas'],
  ['anyOf', 'schemas'],
  ['oneOf', 'schemas'],
  ['not', 'schema'],
  ['if', 'schema'],
  ['then', 'schema'],
  ['else', 'schema'],
  ['dependentSchemas', 'schemasByName'],
]);

/** Keywords that change nothing about what is valid. */
export const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** Keywords whose subschemas are applied to the same value, and not to a part of it. */
export const inPlaceKeywords = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'] as const;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The subschemas of one keyword, each with its path below the schema. */
export function subschemasOf(schema: JsonObject, keyword: string): [path: PropertyKey[], Schema][] {
  const value = Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
  const kind = keywords.get(keyword);
  if (kind === 'schema') return value === undefined ? [] : [[[keyword], value as Schema]];
  if (kind === 'schemas') return Array.isArray(value) ? value.map((each, at) => [[keyword, at], each as Schema]) : [];
  if (kind !== 'schemasByName' && kind !== 'schemasByPattern') return [];
  return isObject(value) ? Object.entries(value).map(([name, each]) => [[keyword, name], each as Schema]) : [];
}

const referenceStart = '#/$defs/';

/** The name in `$defs` that a schema refers to. */
export function referenceOf(schema: Schema): string | undefined {
  const reference = isObject(schema) && Object.hasOwn(schema, '$ref') ? schema['$ref'] : undefined;
  return typeof reference === 'string' && reference.startsWith(referenceStart)
    ? reference.slice(referenceStart.length)
    : undefined;
}

export function definitionOf(root: Schema, name: string): Schema | undefined {
  const definitions = isObject(root) ? root['$defs'] : undefined;
  return isObject(definitions) && Object.hasOwn(definitions, name) ? (definitions[name] as Schema) : undefined;
}

/** A path as it is written in code: `data.items[0].name`. A name that is no identifier is quoted: `data["a.b"]`. */
export function writePath(root: string, steps: readonly PropertyKey[]): string {
  let text = root;
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w$-]+$/.test(String(step))) text += `.${String(step)}`;
    else text += `[${JSON.stringify(String(step).slice(0, longestStep))}]`;
  }
  return text;
}

const longestStep = 100;
