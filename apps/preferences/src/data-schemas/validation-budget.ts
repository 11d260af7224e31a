// Limits the work of one validation. Schemas can make work that grows exponentially with the data (`anyOf` in a
// recursive schema) or with the schema alone (definitions that each apply the next one twice), so that limits on sizes
// do not limit time. Guarantee: a validation that exceeds its budget throws BudgetExceeded. How it works: the validator
// gets one more keyword in every subschema, which is charged each time that subschema is applied to a value.
import type { FuncKeywordDefinition } from 'ajv';
import { compilePattern, stepsPerCharacter } from '../conditions/patterns.ts';
import { isObject, subschemasOf, keywords, type JsonObject, type Schema } from './keywords.ts';

export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** A unit is 50 to 200 nanoseconds of work. */
export class ValidationBudget {
  private left = 0;

  start(units: number): void {
    this.left = units;
  }

  charge(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new BudgetExceeded();
  }
}

export const budgetKeyword = 'x-carillon-budget';

export const chargeKeyword = (budget: ValidationBudget): FuncKeywordDefinition & { before: string } => ({
  keyword: budgetKeyword,
  schemaType: 'boolean',
  // `not` is the first keyword of those that apply to any type.
  before: 'not',
  errors: false,
  compile: (_value: unknown, schema: unknown) => {
    const unitsOf = costsOf(schema as JsonObject);
    return (data: unknown) => {
      budget.charge(unitsOf(data));
      return true;
    };
  },
});

/** Of a format or a short pattern, and of a length, which is counted in code points. */
const charactersPerUnit = 8;
const countedPerUnit = 64;
const namesPerUnit = 8;
/** Of the JSON of `enum` and `const`: values that are objects are compared field by field. */
const scalarJsonPerUnit = 256;
const objectJsonPerUnit = 16;

/** What a schema costs without its subschemas, which are charged themselves. */
function costsOf(schema: JsonObject): (data: unknown) => number {
  const { enum: values, const: constant, pattern, format, properties, patternProperties, required } = schema;
  const compared = JSON.stringify([values ?? 0, constant ?? 0]);
  const fixed =
    1 +
    compared.length / (compared.includes('{') ? objectJsonPerUnit : scalarJsonPerUnit) +
    (Array.isArray(required) ? required.length / namesPerUnit : 0) +
    (isObject(properties) ? Object.keys(properties).length / namesPerUnit : 0);
  const unitsPerCharacter =
    pattern === undefined ? (format === undefined ? 0 : 1 / charactersPerUnit) : unitsPerCharacterOf(pattern);
  const countsText = 'minLength' in schema || 'maxLength' in schema;
  const patterns = isObject(patternProperties) ? Object.keys(patternProperties) : [];
  const unitsPerNameCharacter = patterns.map(unitsPerCharacterOf).reduce((sum, units) => sum + units, 0);
  const readsNames = patterns.length > 0 || 'additionalProperties' in schema || 'unevaluatedProperties' in schema;
  return (data) => {
    if (typeof data === 'string') {
      const read = data.length * unitsPerCharacter;
      return countsText ? fixed + read + data.length / countedPerUnit : fixed + read;
    }
    if (!readsNames || !isObject(data)) return fixed;
    const names = Object.keys(data);
    let characters = 0;
    if (patterns.length > 0) for (const name of names) characters += name.length + charactersPerUnit;
    // Names are matched once for the patterns, and once more for additionalProperties.
    return fixed + names.length / namesPerUnit + 2 * characters * unitsPerNameCharacter;
  };
}

/** Units for each character that a pattern reads, where a text keeps all its steps busy. */
function unitsPerCharacterOf(pattern: unknown): number {
  const compiled = compilePattern(String(pattern));
  return (typeof compiled === 'string' ? 1 : stepsPerCharacter(compiled)) / charactersPerUnit;
}

/** The schema with the keyword in every subschema. A reference is charged by its target. */
export function withBudget(schema: Schema): Schema {
  if (!isObject(schema)) return schema;
  if (Object.hasOwn(schema, '$ref')) return { $ref: schema['$ref'] };
  const charged: Record<string, unknown> = { ...schema, [budgetKeyword]: true };
  for (const keyword of Object.keys(schema)) {
    const kind = keywords.get(keyword);
    if (kind === 'schema') charged[keyword] = withBudget(schema[keyword] as Schema);
    else if (kind === 'schemas') charged[keyword] = (schema[keyword] as Schema[]).map(withBudget);
    else if (kind === 'schemasByName' || kind === 'schemasByPattern')
      charged[keyword] = Object.fromEntries(
        subschemasOf(schema, keyword).map(([[, name], each]) => [name, withBudget(each)]),
      );
  }
  return charged;
}
