// Which values are no longer valid because of keywords without subschemas: types, lists of values, limits, patterns.
import type { JsonObject } from './keywords.ts';
import { canonicalJson } from './unique-items.ts';

export function valueReasons(from: JsonObject, to: JsonObject, path: string): string[] {
  const after = valuesOf(to);
  if (after === undefined) return [];
  const before = valuesOf(from);
  if (before === undefined) return [`${path}: only certain values are allowed now`];
  const allowed = new Set(after.map(canonicalJson));
  const lost = before.map(canonicalJson).filter((value) => !allowed.has(value));
  return lost.length === 0 ? [] : [`${path}: no longer allowed: ${lost.slice(0, 10).join(', ').slice(0, 200)}`];
}

export function numberReasons(from: JsonObject, to: JsonObject, path: string): string[] {
  const reasons: string[] = [];
  const lower = bound(from, 'minimum', 'exclusiveMinimum', 1);
  const upper = bound(from, 'maximum', 'exclusiveMaximum', -1);
  if (isTighter(bound(to, 'minimum', 'exclusiveMinimum', 1), lower))
    reasons.push(`${path}: the least number was raised`);
  if (isTighter(bound(to, 'maximum', 'exclusiveMaximum', -1), upper))
    reasons.push(`${path}: the greatest number was lowered`);
  const step = to['multipleOf'] as number | undefined;
  if (step !== undefined && step !== from['multipleOf']) reasons.push(`${path}: must be a multiple of ${step} now`);
  return reasons;
}

interface Bound {
  /** Turned round for upper bounds, so that the greater one is the tighter one. */
  value: number;
  isExclusive: boolean;
}

function bound(schema: JsonObject, inclusive: string, exclusive: string, sign: 1 | -1): Bound {
  const value = schema[inclusive] === undefined ? Number.NEGATIVE_INFINITY : sign * (schema[inclusive] as number);
  const other = schema[exclusive] === undefined ? Number.NEGATIVE_INFINITY : sign * (schema[exclusive] as number);
  return other >= value && other > Number.NEGATIVE_INFINITY
    ? { value: other, isExclusive: true }
    : { value, isExclusive: false };
}

const isTighter = (after: Bound, before: Bound): boolean =>
  after.value > before.value || (after.value === before.value && after.isExclusive && !before.isExclusive);

export function textReasons(from: JsonObject, to: JsonObject, path: string): string[] {
  const reasons = limitReasons(from, to, path, 'minLength', 'maxLength', 'characters');
  for (const keyword of ['pattern', 'format'])
    if (to[keyword] !== undefined && to[keyword] !== from[keyword])
      reasons.push(`${path}: ${keyword} ${from[keyword] === undefined ? 'was added' : 'changed'}`);
  return reasons;
}

export function limitReasons(
  from: JsonObject,
  to: JsonObject,
  path: string,
  least: string,
  most: string,
  noun: string,
  leastByDefault = 0,
): string[] {
  const reasons: string[] = [];
  const numberIn = (schema: JsonObject, keyword: string, otherwise: number): number =>
    (schema[keyword] as number | undefined) ?? otherwise;
  if (numberIn(to, least, leastByDefault) > numberIn(from, least, leastByDefault))
    reasons.push(`${path}: must have at least ${numberIn(to, least, leastByDefault)} ${noun} now`);
  if (numberIn(to, most, Number.POSITIVE_INFINITY) < numberIn(from, most, Number.POSITIVE_INFINITY))
    reasons.push(`${path}: must have at most ${numberIn(to, most, 0)} ${noun} now`);
  return reasons;
}

const valuesOf = (schema: JsonObject): unknown[] | undefined => {
  const values = schema['enum'] as unknown[] | undefined;
  if (!Object.hasOwn(schema, 'const')) return values;
  // Both: a value has to be in both.
  const constant = canonicalJson(schema['const']);
  return values === undefined ? [schema['const']] : values.filter((value) => canonicalJson(value) === constant);
};

export function typesOf(schema: JsonObject): ReadonlySet<string> | undefined {
  if (schema['type'] !== undefined) return new Set([schema['type']].flat() as string[]);
  const values = valuesOf(schema);
  return values && new Set(values.map(typeOfValue));
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
