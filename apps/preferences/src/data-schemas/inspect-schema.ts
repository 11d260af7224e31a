// Checks that a value is a JSON Schema which Carillon takes for the `data` of a type. Guarantees: every keyword is
// known and has the right kind of value; sizes, depths and references are within limits; each error names the place in
// the schema. It is iterative where the depth is not yet known, so that no schema exhausts the stack. What keywords
// mean together is checked by the validator (strict mode).
import type { FieldError } from '@carillon/domain';
import { compilePattern } from '../conditions/patterns.ts';
import { formats } from './formats.ts';
import {
  annotations,
  inPlaceKeywords,
  isObject,
  keywords,
  referenceOf,
  subschemasOf,
  writePath,
  type JsonObject,
  type KeywordValue,
  type Schema,
} from './keywords.ts';

export const schemaLimits = {
  bytes: 64 * 1024,
  depth: 20,
  subschemas: 1_000,
  /** Values in one `enum`. */
  values: 1_000,
  /** Schemas that are applied to one value through `$ref`, `allOf` and the like, one inside of the other. */
  chain: 40,
} as const;

const mostErrors = 20;
/** JSON can be deeper than its schemas: a schema in `properties` is two levels down. */
const deepestJson = 3 * schemaLimits.depth;
const types = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

export function inspectSchema(schema: unknown): FieldError[] {
  const tooLarge = exceedsSize(schema);
  if (tooLarge !== undefined) return [{ path: 'schema', message: tooLarge }];
  if (!isObject(schema)) return [{ path: 'schema', message: 'must be an object' }];
  const found = new Inspection(schema);
  if (schema['type'] !== 'object') found.add(['type'], 'must be "object": the data of an event is always an object');
  found.inspect();
  if (found.errors.length === 0) found.inspectChains();
  return found.errors;
}

/** The first limit that is exceeded. An object that stands in several places counts as often as JSON would hold it. */
function exceedsSize(schema: unknown): string | undefined {
  const open: [value: unknown, depth: number][] = [[schema, 0]];
  let nodes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    nodes += 1;
    if (nodes > schemaLimits.bytes) return `must not be larger than ${schemaLimits.bytes / 1024} KiB`;
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= deepestJson) return `must not be nested deeper than ${schemaLimits.depth} schemas`;
    for (const each of Object.values(value)) open.push([each, depth + 1]);
  }
  const bytes = Buffer.byteLength(JSON.stringify(schema) ?? '');
  return bytes > schemaLimits.bytes ? `must not be larger than ${schemaLimits.bytes / 1024} KiB` : undefined;
}

type Steps = readonly PropertyKey[];

class Inspection {
  readonly errors: FieldError[] = [];
  private subschemas = 0;

  constructor(private readonly root: JsonObject) {}

  add(steps: Steps, message: string): void {
    if (this.errors.length < mostErrors) this.errors.push({ path: writePath('schema', steps), message });
  }

  inspect(): void {
    this.inspectSchema(this.root, [], 0);
  }

  private inspectSchema(schema: unknown, steps: Steps, depth: number): void {
    this.subschemas += 1;
    if (this.subschemas === schemaLimits.subschemas + 1)
      this.add(steps, `a schema must not have more than ${schemaLimits.subschemas} subschemas`);
    if (this.subschemas > schemaLimits.subschemas || typeof schema === 'boolean') return;
    if (!isObject(schema)) return this.add(steps, 'must be a schema: an object, true or false');
    if (depth > schemaLimits.depth) return this.add(steps, `must not be nested deeper than ${schemaLimits.depth}`);
    for (const [keyword, value] of Object.entries(schema)) {
      const kind = keywords.get(keyword);
      if (kind === undefined) this.add([...steps, keyword], 'unknown keyword');
      else if (keyword.startsWith('$defs') && steps.length > 0)
        this.add([...steps, keyword], 'is allowed at the root of the schema only');
      else this.inspectValue(kind, value, [...steps, keyword], depth);
    }
    if (Object.hasOwn(schema, '$ref'))
      for (const keyword of Object.keys(schema))
        if (keyword !== '$ref' && !annotations.has(keyword))
          this.add([...steps, keyword], 'cannot stand beside $ref: use allOf');
    for (const keyword of ['minContains', 'maxContains'])
      if (Object.hasOwn(schema, keyword) && !Object.hasOwn(schema, 'contains'))
        this.add([...steps, keyword], 'needs contains');
  }

  private inspectValue(kind: KeywordValue, value: unknown, steps: Steps, depth: number): void {
    switch (kind) {
      case 'annotation':
      case 'value':
        return;
      case 'text':
        return this.demand(typeof value === 'string', steps, 'must be a string');
      case 'boolean':
        return this.demand(typeof value === 'boolean', steps, 'must be true or false');
      case 'count':
        return this.demand(Number.isSafeInteger(value) && (value as number) >= 0, steps, 'must be a whole number');
      case 'number':
        return this.demand(Number.isFinite(value), steps, 'must be a number');
      case 'positiveNumber':
        return this.demand(Number.isFinite(value) && (value as number) > 0, steps, 'must be a number above 0');
      case 'values':
        if (!Array.isArray(value) || value.length === 0) return this.add(steps, 'must be a list of values');
        return this.demand(
          value.length <= schemaLimits.values,
          steps,
          `must not have more than ${schemaLimits.values}`,
        );
      case 'types':
        return this.inspectTypes(value, steps);
      case 'names':
        return this.inspectNames(value, steps);
      case 'namesByName':
        if (!isObject(value)) return this.add(steps, 'must be an object');
        for (const [name, names] of Object.entries(value)) {
          this.inspectName(name, steps);
          this.inspectNames(names, [...steps, name]);
        }
        return;
      case 'pattern':
        return this.inspectPattern(value, steps);
      case 'format':
        return this.demand(
          typeof value === 'string' && formats.has(value),
          steps,
          `must be one of ${[...formats.keys()].join(', ')}`,
        );
      case 'reference':
        return this.inspectReference(value, steps);
      case 'schema':
        return this.inspectSchema(value, steps, depth + 1);
      case 'schemas':
        if (!Array.isArray(value) || value.length === 0) return this.add(steps, 'must be a list of schemas');
        for (const [at, each] of value.entries()) this.inspectSchema(each, [...steps, at], depth + 1);
        return;
      case 'schemasByName':
      case 'schemasByPattern':
        if (!isObject(value)) return this.add(steps, 'must be an object with a schema for each name');
        for (const [name, each] of Object.entries(value)) {
          if (kind === 'schemasByPattern') this.inspectPattern(name, [...steps, name]);
          else this.inspectName(name, steps);
          this.inspectSchema(each, [...steps, name], depth + 1);
        }
        return;
    }
  }

  private inspectTypes(value: unknown, steps: Steps): void {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const isKnown = list.length > 0 && list.every((each) => typeof each === 'string' && types.has(each));
    this.demand(
      isKnown && new Set(list).size === list.length,
      steps,
      `must be one or several of ${[...types].join(', ')}`,
    );
  }

  private inspectNames(value: unknown, steps: Steps): void {
    if (!Array.isArray(value) || !value.every((name) => typeof name === 'string'))
      return this.add(steps, 'must be a list of names');
    if (new Set(value).size < value.length) this.add(steps, 'must not have a name twice');
    for (const name of value) this.inspectName(name, steps);
  }

  /** JavaScript gives `__proto__` a meaning of its own. */
  private inspectName(name: string, steps: Steps): void {
    this.demand(name !== '__proto__', steps, 'must not have the name __proto__');
  }

  private inspectPattern(value: unknown, steps: Steps): void {
    const compiled = typeof value === 'string' ? compilePattern(value) : 'must be a string';
    if (typeof compiled === 'string') this.add(steps, compiled);
  }

  private inspectReference(value: unknown, steps: Steps): void {
    if (typeof value !== 'string' || !/^#\/\$defs\/[\w.-]+$/.test(value))
      return this.add(steps, 'must be "#/$defs/…" with letters, digits, ".", "_" and "-"');
    const definitions = this.root['$defs'];
    const name = referenceOf({ $ref: value }) ?? '';
    this.demand(isObject(definitions) && Object.hasOwn(definitions, name), steps, `no ${name} in $defs`);
  }

  private demand(isMet: boolean, steps: Steps, message: string): void {
    if (!isMet) this.add(steps, message);
  }

  /** A schema that leads back to itself without going into the value would never end. */
  inspectChains(): void {
    const definitions = this.root['$defs'] as JsonObject | undefined;
    const lengths = new Map<string, number>();
    const open = new Set<string>();
    const chainOf = (schema: Schema, steps: Steps): number => {
      if (!isObject(schema)) return 1;
      const name = referenceOf(schema);
      if (name !== undefined) {
        const known = lengths.get(name);
        if (known !== undefined) return 1 + known;
        if (open.has(name)) {
          this.add(steps, 'leads back to itself without going into a field or an item');
          return 1;
        }
        open.add(name);
        const length = chainOf(definitions?.[name] as Schema, ['$defs', name]);
        open.delete(name);
        lengths.set(name, length);
        return 1 + length;
      }
      let longest = 0;
      for (const keyword of inPlaceKeywords)
        for (const [path, each] of subschemasOf(schema, keyword))
          longest = Math.max(longest, chainOf(each, [...steps, ...path]));
      return 1 + longest;
    };
    for (const name of Object.keys(definitions ?? {})) {
      const length = chainOf({ $ref: `#/$defs/${name}` }, ['$defs', name]);
      if (length > schemaLimits.chain)
        return this.add(['$defs', name], `must not lead through more than ${schemaLimits.chain} schemas for one value`);
      if (this.errors.length > 0) return;
    }
  }
}
