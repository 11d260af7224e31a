// What an expression may consist of, checked on its syntax tree before its types: known functions, literal patterns, at
// most two nested loops, and the declared fields of the variables. Guarantee: after this check no call can run a
// JavaScript RegExp, read a clock, or bind a value that doubles.
import type { RE2JS } from 're2js';
import type { ExpressionError } from './errors.ts';
import { shapeOf, type JsonSchema } from './json-schema.ts';
import { compilePattern } from './patterns.ts';
import { callOf, childrenOf, isLoop, type Call, type SyntaxNode } from './syntax-tree.ts';
import type { VariableName } from './variables.ts';

/** The own function behind `matches`; its parameter is a compiled pattern, which no author can write. */
export const matchesPattern = 'matchesPattern';

const deepestLoop = 2;
/** Compiling one takes up to 0.9 ms. */
const mostPatterns = 5;

// Left out on purpose: `cel.bind`, bytes, what reads a time zone, and `matches` on an expression.
const functions = new Set(['has', 'size', 'bool', 'double', 'int', 'string', 'timestamp', 'duration']);
const getters = ['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'];
// Each method with the numbers of parameters it takes.
const methods = new Map<string, number[]>([
  ...withParameters([0], ['size', 'lowerAscii', 'upperAscii', 'trim', ...getters.map((name) => `get${name}`)]),
  ...withParameters([0, 1], ['join']),
  ...withParameters([1], ['startsWith', 'endsWith', 'contains', 'matches']),
  ...withParameters([1, 2], ['indexOf', 'lastIndexOf', 'substring', 'split']),
  ...withParameters([2], ['all', 'exists', 'exists_one', 'filter']),
  ...withParameters([2, 3], ['map']),
]);

function withParameters(counts: number[], names: string[]): [string, number[]][] {
  return names.map((name) => [name, counts]);
}

interface Scope {
  /** The schema of each name that the expression can read; `true`: nothing is known of it. */
  names: ReadonlyMap<string, JsonSchema>;
  loopDepth: number;
}

export class SyntaxCheck {
  readonly errors: ExpressionError[] = [];
  /** The variables that the expression reads. */
  readonly reads = new Set<VariableName>();
  private patterns = 0;

  constructor(
    private readonly variables: ReadonlyMap<string, JsonSchema>,
    private readonly root: JsonSchema,
  ) {}

  run(node: SyntaxNode): void {
    this.visit(node, { names: this.variables, loopDepth: 0 });
  }

  /** Returns the schema of the node's value; `true` where it is not known. */
  private visit(node: SyntaxNode, scope: Scope): JsonSchema {
    const call = callOf(node);
    if (call) return this.visitCall(node, call, scope);
    if (node.op === 'id') {
      const name = node.args as string;
      const schema = scope.names.get(name);
      if (schema === undefined) this.refuse(node, `there is no variable ${name}`);
      if (this.variables.has(name)) this.reads.add(name as VariableName);
      return schema ?? true;
    }
    if (node.op === 'value' && typeof node.args === 'object' && node.args !== null) {
      this.refuse(node, 'bytes and unsigned numbers have no form in JSON');
    }
    if (node.op === '.') {
      const [object, field] = node.args as [SyntaxNode, string];
      return this.field(this.visit(object, scope), field, node, object);
    }
    if (node.op === '[]') {
      const [object, key] = node.args as [SyntaxNode, SyntaxNode];
      const schema = this.visit(object, scope);
      this.visit(key, scope);
      const { shape } = this.shape(schema);
      if (shape.kind === 'array') return shape.items;
      return key.op === 'value' && typeof key.args === 'string' ? this.field(schema, key.args, key, object) : true;
    }
    for (const child of childrenOf(node)) this.visit(child, scope);
    return true;
  }

  private visitCall(node: SyntaxNode, call: Call, scope: Scope): JsonSchema {
    if (isLoop(call)) return this.visitLoop(node, call, scope);
    const isKnown = call.receiver
      ? methods.get(call.name)?.includes(call.parameters.length)
      : functions.has(call.name) && call.parameters.length === 1;
    if (!isKnown) this.refuse(node, `there is no function ${call.name} with ${call.parameters.length} parameter(s)`);
    for (const child of childrenOf(node)) this.visit(child, scope);
    if (call.receiver && call.name === 'matches') this.usePattern(node, call);
    return true;
  }

  private visitLoop(node: SyntaxNode, call: Call & { receiver: SyntaxNode }, scope: Scope): JsonSchema {
    const list = this.visit(call.receiver, scope);
    const [variable, ...bodies] = call.parameters as [SyntaxNode, ...SyntaxNode[]];
    const name = String(variable.args);
    if (this.variables.has(name)) this.refuse(variable, `${name} is a variable already; give the loop another name`);
    const loopDepth = scope.loopDepth + 1;
    if (loopDepth > deepestLoop) this.refuse(node, `loops are nested deeper than ${deepestLoop}`);
    const { shape } = this.shape(list);
    const names = new Map(scope.names).set(name, shape.kind === 'array' ? shape.items : true);
    const results = bodies.map((body) => this.visit(body, { names, loopDepth }));
    if (call.name === 'filter') return list;
    return call.name === 'map' ? { type: 'array', items: results.at(-1) ?? true } : true;
  }

  private field(schema: JsonSchema, field: string, node: SyntaxNode, object: SyntaxNode): JsonSchema {
    const { shape } = this.shape(schema);
    if (shape.kind !== 'object') return true;
    const known = shape.fields.get(field);
    if (known !== undefined) return known;
    if (!shape.isClosed) return shape.others;
    const fields = [...shape.fields.keys()].slice(0, 20).join(', ');
    const where = object.op === 'id' ? String(object.args) : 'the object';
    this.errors.push({
      message: `${where} has no field ${field}; it has: ${fields || 'none'}`,
      start: node.op === '.' ? node.pos : node.start,
      end: node.end,
    });
    return true;
  }

  private usePattern(node: SyntaxNode, call: Call): void {
    const [literal] = call.parameters as [SyntaxNode];
    if (call.parameters.length !== 1 || literal.op !== 'value' || typeof literal.args !== 'string') {
      this.refuse(literal, 'matches needs a pattern that is written as text, not an expression');
      return;
    }
    if (++this.patterns > mostPatterns) {
      this.refuse(literal, `there are more than ${mostPatterns} patterns; a|b is one`);
      return;
    }
    const pattern: RE2JS | string = compilePattern(literal.args);
    if (typeof pattern === 'string') {
      this.refuse(literal, pattern);
      return;
    }
    (node.args as unknown[])[0] = matchesPattern;
    literal.args = pattern;
  }

  private shape(schema: JsonSchema): ReturnType<typeof shapeOf> {
    return shapeOf(schema, this.root);
  }

  private refuse(node: SyntaxNode, message: string): void {
    this.errors.push({ message, start: node.start, end: node.end });
  }
}
