// JSON as CEL reads it. The library tells objects from lists by their `constructor`, which a sender can set: an object
// with such a field becomes a Map. Guarantee: only own properties are read, and nothing of Object.prototype.
import { EvaluationFailed } from './errors.ts';

const deepest = 64;
// Data is not changed after it is received: several expressions share one conversion.
const converted = new WeakMap<object, unknown>();

export function readableJson(json: object): unknown {
  const known = converted.get(json);
  if (known !== undefined) return known;
  const result = isReadable(json, 0) ? json : convert(json, 0);
  converted.set(json, result);
  return result;
}

/** Almost all data is. It copies nothing: data may have some 100,000 values. */
function isReadable(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  requireDepth(depth);
  if (Array.isArray(value)) return value.every((item) => isReadable(item, depth + 1));
  if (needsMap(value)) return false;
  for (const key of Object.keys(value))
    if (!isReadable((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

const needsMap = (value: object): boolean => Object.hasOwn(value, 'constructor') || Object.hasOwn(value, '__proto__');

function requireDepth(depth: number): void {
  if (depth > deepest) throw new EvaluationFailed(`the data is nested deeper than ${deepest} levels`);
}

/** The same value where nothing in it needs a conversion. */
function convert(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  requireDepth(depth);
  if (Array.isArray(value)) {
    const items = value.map((item) => convert(item, depth + 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value).map(([key, field]) => [key, convert(field, depth + 1)] as const);
  if (needsMap(value)) return new Map(entries);
  const isSame = entries.every(([key, field]) => field === (value as Record<string, unknown>)[key]);
  return isSame ? value : Object.fromEntries(entries);
}

export function ownField(object: object, name: string): unknown {
  if (object instanceof Map) return object.get(name) as unknown;
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

export function ownEntries(object: object): [unknown, unknown][] {
  return object instanceof Map ? [...(object as Map<unknown, unknown>)] : Object.entries(object);
}

/** An object as JSON has them, a Map that stands for one included. */
export function isJsonObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || value instanceof Map;
}
