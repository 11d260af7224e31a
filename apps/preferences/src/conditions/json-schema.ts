// What CEL needs to know of a JSON Schema: the shape of a value, and the fields that it declares. An unknown construct
// gives the shape `any`, so that an expression on it is checked when it is evaluated and not before.

export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

export type Shape =
  | { kind: 'string' | 'number' | 'boolean' | 'null' | 'any' }
  | { kind: 'array'; items: JsonSchema }
  /** Closed: a field that is not declared is an error. */
  | { kind: 'object'; fields: ReadonlyMap<string, JsonSchema>; isClosed: boolean; others: JsonSchema };

const any: Shape = { kind: 'any' };
const longestChain = 16;

// Keywords that can declare fields or types elsewhere.
const composing = ['allOf', 'anyOf', 'oneOf', 'if', 'not', 'dependentSchemas', '$dynamicRef'];

/**
 * The shape of a schema, nullable or not. A schema with `properties` is closed even where `additionalProperties` is
 * absent: JSON Schema would allow any field, but a misspelt one must be found. `additionalProperties: true` or a schema
 * there, or `patternProperties`, says that the author wants other fields, and leaves it open.
 */
export function shapeOf(schema: JsonSchema, root: JsonSchema): { shape: Shape; isNullable: boolean } {
  const target = dereference(schema, root);
  if (typeof target !== 'object') return { shape: any, isNullable: true };
  const alternatives = (target['anyOf'] ?? target['oneOf']) as JsonSchema[] | undefined;
  if (Array.isArray(alternatives) && alternatives.length === 2 && target['type'] === undefined) {
    const other = alternatives.filter((each) => !(typeof each === 'object' && each['type'] === 'null'));
    if (other.length === 1) return { shape: shapeOf(other[0] as JsonSchema, root).shape, isNullable: true };
  }
  if (composing.some((keyword) => keyword in target)) return { shape: any, isNullable: true };
  const types = typesOf(target);
  const isNullable = types.has('null') && types.size > 1;
  if (isNullable) types.delete('null');
  if (types.has('number')) types.delete('integer');
  const [type] = types;
  return { shape: types.size === 1 ? shapeOfType(type as string, target) : any, isNullable };
}

function shapeOfType(type: string, schema: Record<string, unknown>): Shape {
  switch (type) {
    case 'integer':
    case 'number':
      return { kind: 'number' };
    case 'string':
    case 'boolean':
    case 'null':
      return { kind: type };
    case 'array':
      return { kind: 'array', items: 'prefixItems' in schema ? true : ((schema['items'] ?? true) as JsonSchema) };
    case 'object': {
      const fields = new Map(Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>));
      const others = (schema['additionalProperties'] ?? true) as JsonSchema;
      const isOpen = 'patternProperties' in schema || (fields.size === 0 ? others !== false : isDeclaredOpen(schema));
      return { kind: 'object', fields, isClosed: !isOpen, others };
    }
    default:
      return any;
  }
}

function isDeclaredOpen(schema: Record<string, unknown>): boolean {
  const others = schema['additionalProperties'];
  return others !== undefined && others !== false;
}

function typesOf(schema: Record<string, unknown>): Set<string> {
  const type = schema['type'];
  if (typeof type === 'string') return new Set([type]);
  if (Array.isArray(type)) return new Set(type as string[]);
  const values = Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : undefined;
  if (values) return new Set(values.map(typeOfValue));
  if ('const' in schema) return new Set([typeOfValue(schema['const'])]);
  return new Set('properties' in schema ? ['object'] : []);
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Follows `$ref` inside the same schema (`#`, `#/$defs/...`); another reference accepts anything. */
function dereference(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let target = schema;
  for (let step = 0; step < longestChain; step++) {
    if (typeof target !== 'object' || target === null || typeof target['$ref'] !== 'string') return target ?? true;
    target = lookUp(target['$ref'], root);
  }
  return true;
}

function lookUp(reference: string, root: JsonSchema): JsonSchema {
  if (reference !== '#' && !reference.startsWith('#/')) return true;
  let target: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return true;
    target = (target as Record<string, unknown>)[key];
  }
  return target as JsonSchema;
}
