// Equality of CEL values: numbers by value, lists and objects by content, values of different types never equal. Only
// own properties count. Every value that is compared is counted.
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { TypedObject } from './declared-types.ts';
import { isJsonObject, ownEntries, ownField } from './readable-json.ts';
import { charactersPerUnit, type WorkMeter } from './work-meter.ts';

const unitsPerComparison = 2;

export function areEqual(left: unknown, right: unknown, meter: WorkMeter): boolean {
  meter.spend(unitsPerComparison);
  if (typeof left === 'string' && typeof right === 'string') {
    meter.spend(Math.min(left.length, right.length) / charactersPerUnit);
    return left === right;
  }
  if (left === right) return true;
  // A number and a bigint of the same value are equal to `==` only.
  if (isNumber(left) && isNumber(right)) return left == right;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => areEqual(item, right[index], meter));
  }
  if (left instanceof Date && right instanceof Date) return left.getTime() === right.getTime();
  const [a, b] = [fieldsOf(left), fieldsOf(right)];
  if (!a || !b) return left instanceof Duration && right instanceof Duration && isSameDuration(left, right);
  const entries = ownEntries(a);
  if (entries.length !== (b instanceof Map ? b.size : Object.keys(b).length)) return false;
  return entries.every(([key, value]) => {
    const other = ownField(b, key as string);
    return other !== undefined && areEqual(value, other, meter);
  });
}

function fieldsOf(value: object): object | undefined {
  if (value instanceof TypedObject) return value.raw;
  return isJsonObject(value) ? value : undefined;
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

const isSameDuration = (left: Duration, right: Duration): boolean =>
  left.seconds === right.seconds && left.nanos === right.nanos;
