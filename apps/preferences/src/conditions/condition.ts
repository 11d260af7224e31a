// The one port to CEL: conditions of workflows (`data.dailyScore >= 100`) and values of templates. An expression is
// compiled when it is saved, and evaluated for each notification. Guarantees: a compiled expression reads only fields
// that the JSON Schema of the data allows; an evaluation gives a JSON value or throws EvaluationFailed, does a bounded
// amount of work, and reads no clock, no random number and nothing outside its variables.
import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { boundEvaluation } from './bounded-evaluation.ts';
import { matchesPattern, SyntaxCheck } from './check-syntax.ts';
import { TypeDeclarations, type DeclaredType } from './declared-types.ts';
import { EvaluationFailed, FieldAbsent, type ExpressionError } from './errors.ts';
import { jsonResult } from './json-result.ts';
import type { JsonSchema } from './json-schema.ts';
import { registerNumberOperators } from './number-operators.ts';
import { readableJson } from './readable-json.ts';
import { relaxTypes } from './relaxed-types.ts';
import { callOf, childrenOf, type SyntaxNode } from './syntax-tree.ts';
import { notificationSchema, tenantSchema, type VariableName, type Variables } from './variables.ts';
import { WorkMeter, type WorkBudget } from './work-meter.ts';

export { EvaluationFailed, FieldAbsent, type ExpressionError } from './errors.ts';
export type { JsonSchema } from './json-schema.ts';
export type { Variables } from './variables.ts';
export { WorkBudget } from './work-meter.ts';

export type ExpressionType =
  | 'bool'
  | 'number'
  | 'string'
  | 'null'
  | 'list'
  | 'object'
  | 'timestamp'
  | 'duration'
  | 'any';

export interface Expression {
  /** `any`: known when it is evaluated. */
  readonly type: ExpressionType;
  /**
   * A JSON value. Throws EvaluationFailed and nothing else.
   * @param budget shared with other evaluations, besides the limit of each
   */
  evaluate(variables: Variables, budget?: WorkBudget): unknown;
}

export type Compiled = { expression: Expression } | { errors: ExpressionError[] };

const longestExpression = 4000;

const base = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 300, maxDepth: 30, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 4 },
});
registerNumberOperators(base);
base.registerType('Pattern', { ctor: RE2JS, fields: {} });
base.registerFunction({
  name: matchesPattern,
  receiverType: 'string',
  params: [{ name: 'pattern', type: 'Pattern' }],
  returnType: 'bool',
  async: false,
  handler: (text: string, pattern: RE2JS) => pattern.test(text),
});

interface Declarations {
  environment: Environment;
  types: ReadonlyMap<VariableName, DeclaredType>;
  schemas: ReadonlyMap<VariableName, JsonSchema>;
}

const withoutSchema: JsonSchema & object = { type: 'object' };
const declarationsOf = new WeakMap<object, Declarations>();

/**
 * `expect`: a condition must be `bool` (the default); the value of a template may be `any`. An expression whose type is
 * only known from the data is accepted as a condition, and fails when it is evaluated to something else than a bool.
 */
export function compileExpression(text: string, dataSchema?: JsonSchema, expect: 'bool' | 'any' = 'bool'): Compiled {
  if (text.length > longestExpression) {
    const message = `the expression has more than ${longestExpression} characters`;
    return { errors: [{ message, start: longestExpression, end: text.length }] };
  }
  const { environment, types, schemas } = declare(dataSchema);
  try {
    const parsed = environment.parse(text);
    const tree = parsed.ast as unknown as SyntaxNode;
    const syntax = new SyntaxCheck(schemas, schemas.get('data') as JsonSchema);
    syntax.run(tree);
    if (syntax.errors.length > 0) return { errors: syntax.errors };
    visit(tree, relaxTypes);
    const checked = parsed.check();
    if (!checked.valid) return { errors: [errorOf(checked.error, text)] };
    const type = typeNamed(checked.type);
    if (expect === 'bool' && type !== 'bool' && type !== 'any') {
      return { errors: [{ message: `a condition must be a bool, this is: ${type}`, start: 0, end: text.length }] };
    }
    const meter = new WorkMeter();
    boundEvaluation(tree, meter);
    const read = [...syntax.reads].map((name) => [name, types.get(name) as DeclaredType] as const);
    return { expression: { type, evaluate: evaluation({ text, parsed, meter, read, expect }) } };
  } catch (error) {
    return { errors: [errorOf(error, text)] };
  }
}

interface Evaluation {
  text: string;
  parsed: (context: Record<string, unknown>) => unknown;
  meter: WorkMeter;
  read: (readonly [VariableName, DeclaredType])[];
  expect: 'bool' | 'any';
}

function evaluation({ text, parsed, meter, read, expect }: Evaluation): Expression['evaluate'] {
  return (variables, budget) => {
    let hasFailed = true;
    try {
      meter.start(budget);
      const context: Record<string, unknown> = {};
      for (const [name, type] of read) {
        const value = name === 'data' ? readableJson(variables.data) : variables[name];
        context[name] = type.convert ? type.convert(value) : value;
      }
      const result = parsed(context);
      if (typeof result !== 'boolean' && expect === 'bool') throw new EvaluationFailed('the condition is not a bool');
      if (!meter.refusal) {
        const value = typeof result === 'boolean' ? result : jsonResult(result, meter);
        hasFailed = false;
        return value;
      }
    } catch (error) {
      if (!meter.refusal) throw evaluationFailure(error, text);
    } finally {
      meter.end(hasFailed);
    }
    throw new EvaluationFailed(meter.refusal.message);
  };
}

function declare(dataSchema: JsonSchema | undefined): Declarations {
  const root: JsonSchema & object = typeof dataSchema === 'object' ? dataSchema : withoutSchema;
  const known = declarationsOf.get(root);
  if (known) return known;
  const environment = base.clone();
  const schemas = new Map<VariableName, JsonSchema>([
    ['data', root],
    ['notification', notificationSchema],
    ['tenant', tenantSchema],
  ]);
  const types = new Map<VariableName, DeclaredType>();
  for (const [name, schema] of schemas) {
    const type = new TypeDeclarations(environment, schema).declare(schema, name);
    types.set(name, type);
    environment.registerVariable(name, type.name);
  }
  const declarations = { environment, types, schemas };
  declarationsOf.set(root, declarations);
  return declarations;
}

function visit(node: SyntaxNode, change: (node: SyntaxNode) => void): void {
  change(node);
  // The parameter of `has` is a path, which is not checked as a value.
  if (callOf(node)?.name !== 'has') for (const child of childrenOf(node)) visit(child, change);
}

interface LibraryError extends Error {
  code?: string;
  summary?: string;
  range?: { start: number; end: number };
  node?: { start: number; end: number };
}

function errorOf(error: unknown, text: string): ExpressionError {
  const { summary, message, range } = error as LibraryError;
  const start = Math.min(range?.start ?? 0, text.length);
  const described = (summary ?? message).replace(`${matchesPattern}(Pattern)`, 'matches(string)');
  return { message: described, start, end: Math.max(start, Math.min(range?.end ?? text.length, text.length)) };
}

function evaluationFailure(error: unknown, text: string): EvaluationFailed {
  if (error instanceof EvaluationFailed) return error;
  const { code, summary, message, node } = error as LibraryError;
  const isAbsent = code === 'no_such_key' && node !== undefined;
  if (!isAbsent) return new EvaluationFailed(summary ?? message, { cause: error });
  return new FieldAbsent(`${text.slice(node.start, node.end)} is absent`, { cause: error });
}

const typesByName = new Map<string, ExpressionType>([
  ['bool', 'bool'],
  ['string', 'string'],
  ['null', 'null'],
  ['int', 'number'],
  ['double', 'number'],
  ['google.protobuf.Timestamp', 'timestamp'],
  ['google.protobuf.Duration', 'duration'],
]);

function typeNamed(name = 'dyn'): ExpressionType {
  if (name.startsWith('dyn')) return 'any';
  return typesByName.get(name) ?? (name.startsWith('list') ? 'list' : 'object');
}
