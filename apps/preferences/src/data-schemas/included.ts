// Whether everything that is valid under one schema is valid under another, and which declared fields are lost.
// Guarantee: no reason means that it is so. The opposite is not guaranteed: a change that is not understood (inside of
// `not`, `oneOf`, `if` and `unevaluated…`) is a reason. The schemas are those that inspect-schema.ts accepts.
import { bareJson, changedDefinitions, references } from './bare-schema.ts';
import { typeName } from './data-errors.ts';
import {
  annotations,
  definitionOf,
  inPlaceKeywords,
  isObject,
  referenceOf,
  writePath,
  type JsonObject,
  type Schema,
} from './keywords.ts';
import { limitReasons, numberReasons, textReasons, typesOf, valueReasons } from './narrowed-values.ts';

/** Comparing schemas that refer to each other many times can take exponential time. */
const mostSteps = 20_000;
const deepest = 500;

export class Inclusion {
  private steps = 0;
  /** Pairs that are being compared: a pair inside of itself is about a smaller part of the data. */
  private readonly open = new Set<string>();
  private readonly ids = new Map<Schema, number>();
  private readonly changedDefinitions: ReadonlySet<string>;

  constructor(
    private readonly before: Schema,
    private readonly after: Schema,
  ) {
    this.changedDefinitions = changedDefinitions(before, after);
  }

  /** @param path of the values, as in `data.items[].name` */
  reasons(before: Schema, after: Schema, path: string): string[] {
    this.steps += 1;
    if (this.steps > mostSteps || this.open.size > deepest)
      return [`${path}: the schemas cannot be compared, they refer to too many others`];
    const from = this.resolved(before, this.before);
    const to = this.resolved(after, this.after);
    if (to === false) return from === false ? [] : [`${path}: nothing is allowed here any more`];
    if (from === false || this.isSame(before, after)) return [];
    const pair = `${this.id(from)}>${this.id(to)}`;
    if (this.open.has(pair)) return [];
    this.open.add(pair);
    try {
      return this.compare(isObject(from) ? from : {}, isObject(to) ? to : {}, path);
    } finally {
      this.open.delete(pair);
    }
  }

  private compare(from: JsonObject, to: JsonObject, path: string): string[] {
    const types = typesOf(from);
    const mayBe = (type: string): boolean => types === undefined || types.has(type);
    return [
      ...this.typeReasons(types, to, path),
      ...valueReasons(from, to, path),
      ...(mayBe('number') || mayBe('integer') ? numberReasons(from, to, path) : []),
      ...(mayBe('string') ? textReasons(from, to, path) : []),
      ...(mayBe('array') ? this.listReasons(from, to, path) : []),
      ...(mayBe('object') ? this.objectReasons(from, to, path) : []),
      ...this.combinationReasons(from, to, path),
    ];
  }

  private typeReasons(types: ReadonlySet<string> | undefined, to: JsonObject, path: string): string[] {
    if (to['type'] === undefined) return [];
    const allowed = new Set([to['type']].flat() as string[]);
    const named = [...allowed].map(typeName).join(' or ');
    if (types === undefined) return [`${path}: must be ${named} now, and could be anything`];
    const lost = [...types].filter((type) => !allowed.has(type) && !(type === 'integer' && allowed.has('number')));
    return lost.length === 0 ? [] : [`${path}: must be ${named} now, and could be ${lost.map(typeName).join(' or ')}`];
  }

  private listReasons(from: JsonObject, to: JsonObject, path: string): string[] {
    const before = (from['prefixItems'] ?? []) as Schema[];
    const after = (to['prefixItems'] ?? []) as Schema[];
    const otherBefore = (from['items'] ?? true) as Schema;
    const otherAfter = (to['items'] ?? true) as Schema;
    const reasons = limitReasons(from, to, path, 'minItems', 'maxItems', 'items');
    if (to['uniqueItems'] === true && from['uniqueItems'] !== true)
      reasons.push(`${path}: the same item must not stand in it twice now`);
    for (let at = 0; at < Math.max(before.length, after.length); at += 1)
      reasons.push(...this.reasons(before[at] ?? otherBefore, after[at] ?? otherAfter, `${path}[${at}]`));
    reasons.push(...this.reasons(otherBefore, otherAfter, `${path}[]`));
    if (to['contains'] !== undefined) {
      if (from['contains'] === undefined || !this.isSame(from['contains'] as Schema, to['contains'] as Schema))
        reasons.push(`${path}: the items that it must contain changed`);
      else reasons.push(...limitReasons(from, to, path, 'minContains', 'maxContains', 'items of the demanded kind', 1));
    } else if (from['contains'] !== undefined && declaresFields(from['contains'] as Schema))
      reasons.push(`${path}: the items that it must contain are no longer declared`);
    return reasons;
  }

  private objectReasons(from: JsonObject, to: JsonObject, path: string): string[] {
    const reasons = limitReasons(from, to, path, 'minProperties', 'maxProperties', 'fields');
    const required = new Set((from['required'] ?? []) as string[]);
    for (const name of (to['required'] ?? []) as string[])
      if (!required.has(name)) reasons.push(`${writePath(path, [name])}: is required now`);
    const dependent = (from['dependentRequired'] ?? {}) as Record<string, string[]>;
    for (const [name, names] of Object.entries((to['dependentRequired'] ?? {}) as Record<string, string[]>))
      for (const other of names)
        if (!required.has(other) && !ownValue(dependent, name)?.includes(other))
          reasons.push(`${writePath(path, [other])}: is required now where ${name} is given`);
    if (to['propertyNames'] !== undefined)
      reasons.push(
        ...this.reasons(
          (from['propertyNames'] ?? true) as Schema,
          to['propertyNames'] as Schema,
          `the names in ${path}`,
        ),
      );
    return [...reasons, ...this.fieldReasons(from, to, path)];
  }

  private fieldReasons(from: JsonObject, to: JsonObject, path: string): string[] {
    const before = (from['properties'] ?? {}) as Record<string, Schema>;
    const after = (to['properties'] ?? {}) as Record<string, Schema>;
    const patternsBefore = (from['patternProperties'] ?? {}) as Record<string, Schema>;
    const patternsAfter = (to['patternProperties'] ?? {}) as Record<string, Schema>;
    const othersBefore = (from['additionalProperties'] ?? true) as Schema;
    const othersAfter = (to['additionalProperties'] ?? true) as Schema;
    // What a name of neither list could hold. A name can match patterns besides, which is not looked at.
    const undeclared = Object.keys(patternsBefore).length > 0 ? true : othersBefore;
    const reasons: string[] = [];
    for (const name of Object.keys(before))
      if (!Object.hasOwn(after, name)) reasons.push(`${writePath(path, [name])}: was removed`);
    for (const [name, schema] of Object.entries(after)) {
      if (Object.hasOwn(before, name))
        reasons.push(...this.reasons(before[name] as Schema, schema, writePath(path, [name])));
      else if (this.reasons(undeclared, schema, path).length > 0)
        reasons.push(
          `${writePath(path, [name])}: is declared now, and events could hold anything there because additionalProperties was not false`,
        );
    }
    for (const pattern of Object.keys(patternsBefore))
      if (!Object.hasOwn(patternsAfter, pattern)) reasons.push(`${path}: the pattern of names ${pattern} was removed`);
    for (const [pattern, schema] of Object.entries(patternsAfter)) {
      if (Object.hasOwn(patternsBefore, pattern))
        reasons.push(...this.reasons(patternsBefore[pattern] as Schema, schema, `${path}[${pattern}]`));
      else if (!this.isEverything(schema)) reasons.push(`${path}: the pattern of names ${pattern} was added`);
    }
    if (othersAfter === false && othersBefore !== false)
      reasons.push(`${path}: unknown fields are refused now (additionalProperties)`);
    else reasons.push(...this.reasons(othersBefore, othersAfter, `${path}.*`));
    return reasons;
  }

  private combinationReasons(from: JsonObject, to: JsonObject, path: string): string[] {
    const reasons: string[] = [];
    // What is evaluated depends on all other keywords.
    for (const keyword of ['unevaluatedProperties', 'unevaluatedItems'])
      if ((Object.hasOwn(to, keyword) || Object.hasOwn(from, keyword)) && !this.isSame(from, to))
        reasons.push(`${path}: a schema with ${keyword} changed`);
    const isOneSame = (keywords: readonly string[]): boolean => this.isSame(pick(from, keywords), pick(to, keywords));
    for (const names of [['oneOf'], ['not'], ['if', 'then', 'else'], ['dependentSchemas']])
      if (!isOneSame(names)) reasons.push(`${path}: ${names.join(', ')} changed`);
    reasons.push(...this.allOfReasons(from, to, path), ...this.anyOfReasons(from, to, path));
    return reasons;
  }

  private allOfReasons(from: JsonObject, to: JsonObject, path: string): string[] {
    const before = (from['allOf'] ?? []) as Schema[];
    const after = (to['allOf'] ?? []) as Schema[];
    const reasons: string[] = [];
    if (after.length < before.length) reasons.push(`${path}: a part of allOf was removed`);
    for (const [at, each] of after.entries()) {
      // Without a part in the same place: what the schema allows besides.
      const part = before[at] ?? withoutCombinations(from);
      reasons.push(...this.reasons(part, each, path));
    }
    return reasons;
  }

  private anyOfReasons(from: JsonObject, to: JsonObject, path: string): string[] {
    const after = to['anyOf'] as Schema[] | undefined;
    const before = from['anyOf'] as Schema[] | undefined;
    if (after === undefined)
      return before?.some(declaresFields) ? [`${path}: the alternatives of anyOf were removed`] : [];
    const reasons: string[] = [];
    for (const [at, each] of (before ?? [withoutCombinations(from)]).entries()) {
      const inPlace = after[at] === undefined ? undefined : this.reasons(each, after[at], path);
      if (inPlace?.length === 0) continue;
      if (after.some((other, index) => index !== at && this.reasons(each, other, path).length === 0)) continue;
      reasons.push(...(inPlace ?? [`${path}: an alternative of anyOf was removed`]));
    }
    return reasons;
  }

  private isEverything(schema: Schema): boolean {
    return schema === true || (isObject(schema) && Object.keys(schema).every((keyword) => annotations.has(keyword)));
  }

  /** The same keywords, and references to definitions that are the same. */
  private isSame(before: Schema, after: Schema): boolean {
    const text = bareJson(before);
    if (text !== bareJson(after)) return false;
    return (
      this.changedDefinitions.size === 0 || ![...references(before)].some((name) => this.changedDefinitions.has(name))
    );
  }

  private resolved(schema: Schema, root: Schema): Schema {
    let target = schema;
    for (let name = referenceOf(target); name !== undefined; name = referenceOf(target))
      target = definitionOf(root, name) ?? true;
    return target;
  }

  private id(schema: Schema): number {
    const known = this.ids.get(schema) ?? this.ids.size;
    this.ids.set(schema, known);
    return known;
  }
}

const inPlace: ReadonlySet<string> = new Set(inPlaceKeywords);

const withoutCombinations = (schema: JsonObject): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => !inPlace.has(keyword)));

const pick = (schema: JsonObject, names: readonly string[]): Schema =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(schema, name)).map((name) => [name, schema[name]]));

const ownValue = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Whether an expression can read fields because of this schema. A definition may. */
const declaresFields = (schema: Schema): boolean => /"(?:properties|patternProperties|\$ref)":/.test(bareJson(schema));
