// Limits the work of one validation. Schemas can make work that grows exponentially with the data (`anyOf` in a
// recursive schema) or with the schema alone (definitions that each apply the next one twice), so that limits on sizes
// do not limit time. Guarantee: a validation that exceeds its budget throws BudgetExceeded. How it works: the validator
// gets one more keyword in every subschema, which is charged each time that subschema is applied to a value.
import type { FuncKeywordDefinition } from 'ajv';
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
    const costOf = costsOf(schema as JsonObject);
    return (data: unknown) => {
      budget.charge(costOf(data));
      return true;
    };
  },
});

const charactersPerUnit = 8;
const namesPerUnit = 8;

/** What a schema costs without its subschemas, which are charged themselves. */
function costsOf(schema: JsonObject): (data: unknown) => number {
  const { enum: values, const: constant, pattern, format, properties, patternProperties, required } = schema;
  const fixed =
    1 +
    JSON.stringify([values ?? 0, constant ?? 0]).length / 256 +
    (Array.isArray(required) ? required.length / namesPerUnit : 0) +
    (isObject(properties) ? Object.keys(properties).length / namesPerUnit : 0);
  const readsText = pattern !== undefined || format !== undefined || 'minLength' in schema || 'maxLength' in schema;
  const patterns = isObject(patternProperties) ? Object.keys(patternProperties).length : 0;
  const readsNames = patterns > 0 || 'additionalProperties' in schema || 'unevaluatedProperties' in schema;
  return (data) => {
    if (typeof data === 'string') return readsText ? fixed + data.length / charactersPerUnit : fixed;
    if (!readsNames || !isObject(data)) return fixed;
    const names = Object.keys(data);
    let characters = 0;
    if (patterns > 0) for (const name of names) characters += name.length + charactersPerUnit;
    // Names are matched once for the patterns, and once more for additionalProperties.
    return fixed + names.length / namesPerUnit + (2 * patterns * characters) / charactersPerUnit;
  };
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
