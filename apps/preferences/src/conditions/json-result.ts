// The result of an expression as JSON: ints become numbers, timestamps and durations become text. A value that JSON
// cannot hold fails, and so does a result that is too large.
import { TypedObject } from './declared-types.ts';
import { EvaluationFailed } from './errors.ts';
import { isJsonObject, ownField } from './readable-json.ts';
import { longestList, longestText, type WorkMeter } from './work-meter.ts';

const unitsPerValue = 4;

export function jsonResult(value: unknown, meter: WorkMeter): unknown {
  let [values, characters] = [0, 0];
  const convert = (each: unknown): unknown => {
    if (typeof each === 'string') characters += each.length;
    meter.spend(unitsPerValue);
    if (++values > longestList) throw new EvaluationFailed(`the result has more than ${longestList} values`);
    if (characters > longestText) throw new EvaluationFailed(`the result has more than ${longestText} characters`);
    if (typeof each === 'bigint' || typeof each === 'number') return finite(Number(each));
    return typeof each === 'object' && each !== null ? convertObject(each, convert) : each;
  };
  return convert(value);
}

function convertObject(value: object, convert: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (value instanceof TypedObject) return convert(value.raw);
  if (value instanceof Date) return value.toISOString();
  if (isJsonObject(value)) {
    return Object.fromEntries(converted(value, convert) as Iterable<[PropertyKey, unknown]>);
  }
  // A duration such as `90s`; CEL's other values cannot be the result of a function that is allowed.
  return String(value);
}

/** One by one, so that an object that is too large is not copied first. */
function* converted(value: object, convert: (value: unknown) => unknown): Generator<[unknown, unknown]> {
  const keys: Iterable<unknown> = value instanceof Map ? value.keys() : Object.keys(value);
  for (const key of keys) yield [key, convert(ownField(value, key as string))];
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new EvaluationFailed(`the result is ${value}, which is not a number in JSON`);
  return value;
}
