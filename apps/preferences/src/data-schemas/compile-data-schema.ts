// Compiles the JSON Schema of a type's `data`, and validates data with it. Guarantees: a schema is taken whole or
// refused with the places that are wrong; patterns match in linear time; the time and the stack that one validation
// takes are limited whatever schema and data are; only own properties count; nothing in the data is changed. It does
// not cache: a compiled schema costs milliseconds and is kept by the caller.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FieldError } from '@carillon/domain';
import { compilePattern } from '../conditions/patterns.ts';
import { dataErrors } from './data-errors.ts';
import { formats } from './formats.ts';
import { inspectSchema } from './inspect-schema.ts';
import { isObject, subschemasOf, writePath, type JsonObject, type Schema } from './keywords.ts';
import { hasUniqueItems } from './unique-items.ts';
import { BudgetExceeded, chargeKeyword, ValidationBudget, withBudget } from './validation-budget.ts';

export interface DataSchema {
  /** No errors: the data is valid. Absent data is an empty object. */
  validate: (data: unknown) => FieldError[];
}

/** Levels of objects and lists in data. */
const deepestData = 50;
/**
 * Of one validation that stops at the first error: about 20 ms. An event of 64 KB with 100 fields and lists of 1,000
 * items takes less than a half of it (validation-budget.spec.ts).
 */
const budgetUnits = 100_000;
/** Of the validation that looks for all errors of invalid data, each of which is an object: a unit costs more. */
const allErrorsUnits = 10_000;

const budget = new ValidationBudget();

function createValidator(allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    // `anyOf` with `required` in each alternative is common, and the fields are declared beside it.
    strictRequired: false,
    allErrors,
    ownProperties: true,
    // Else each use of a definition is a copy of its code.
    inlineRefs: false,
    // inspect-schema.ts did it.
    validateSchema: false,
    addUsedSchema: false,
    logger: false,
    // Optimizing large schemas takes as long as compiling them.
    code: { optimize: false, regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
  });
  for (const [name, { validate }] of formats) ajv.addFormat(name, { validate });
  ajv.addKeyword(chargeKeyword(budget));
  // The validator's own compares each item with each other one.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isOn: boolean, items: unknown[]) => !isOn || hasUniqueItems(items, budget),
  });
  return ajv;
}

function linearPattern(pattern: string): { test: (text: string) => boolean } {
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') throw new Error(compiled);
  return compiled;
}

const firstError = createValidator(false);
const allErrors = createValidator(true);

export function compileDataSchema(schema: unknown): DataSchema | { errors: FieldError[] } {
  const errors = inspectSchema(schema);
  if (errors.length > 0) return { errors };
  const charged = withBudget(schema as Schema) as object;
  let isValid: ValidateFunction;
  try {
    isValid = compileWith(firstError, charged);
  } catch (error) {
    return { errors: [strictErrorIn(schema as JsonObject) ?? strictError(error, [])] };
  }
  // Valid data, which is the usual kind, never needs the second one.
  let listErrors: ValidateFunction | undefined;
  return {
    validate: (data = {}) => {
      if (isTooDeep(data)) return [{ path: 'data', message: `must not be nested deeper than ${deepestData} levels` }];
      const first = run(isValid, data, budgetUnits);
      if (!Array.isArray(first)) return [{ path: 'data', message: first }];
      if (first.length === 0) return [];
      listErrors ??= compileWith(allErrors, charged);
      const all = run(listErrors, data, allErrorsUnits);
      return dataErrors(Array.isArray(all) && all.length > 0 ? all : first, data);
    },
  };
}

function compileWith(ajv: Ajv2020, schema: object): ValidateFunction {
  try {
    return ajv.compile(schema);
  } finally {
    ajv.removeSchema(schema);
  }
}

type Found = NonNullable<ValidateFunction['errors']>;

function run(validate: ValidateFunction, data: unknown, units: number): Found | string {
  budget.start(units);
  try {
    return validate(data) ? [] : (validate.errors ?? []);
  } catch (error) {
    if (error instanceof BudgetExceeded) return 'takes too long to check against the schema of its type';
    // The stack was too small for the functions of a large schema.
    if (error instanceof RangeError) return 'is nested too deeply for the schema of its type';
    throw error;
  } finally {
    // The validator keeps the errors, and they refer to the data.
    validate.errors = null;
  }
}

function isTooDeep(data: unknown): boolean {
  const open: [value: object, depth: number][] = [];
  const add = (value: unknown, depth: number): void => {
    if (typeof value === 'object' && value !== null) open.push([value, depth]);
  };
  add(data, 1);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    if (depth > deepestData) return true;
    for (const each of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) add(each, depth + 1);
  }
  return false;
}

/** The validator does not say in which definition an error is: each is compiled with the others left open. */
function strictErrorIn(schema: JsonObject): FieldError | undefined {
  const definitions = (schema['$defs'] ?? {}) as Record<string, Schema>;
  const open = Object.fromEntries(Object.keys(definitions).map((name) => [name, true]));
  for (const [path, each] of [[[], schema], ...subschemasOf(schema, '$defs')] as [PropertyKey[], Schema][]) {
    if (!isObject(each)) continue;
    try {
      compileWith(firstError, withBudget({ ...each, $defs: open }) as object);
    } catch (error) {
      return strictError(error, path);
    }
  }
  return undefined;
}

/** `strict mode: missing type "object" for keyword "properties" at "#/properties/owner" (strictTypes)` */
function strictError(error: unknown, path: readonly PropertyKey[]): FieldError {
  const text = error instanceof Error ? error.message : String(error);
  const [, message = text, pointer = ''] =
    /^(?:strict mode: )?(.*?)(?: at "[^"#]*#([^"]*)")?(?: \(strict\w+\))?$/s.exec(text) ?? [];
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return { path: writePath('schema', [...path, ...steps]), message };
}
