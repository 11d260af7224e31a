// The nodes of @marcbachmann/cel-js, as far as the guards read and change them. `meta`, `handle` and `checkedType` are
// not in the published types of the library: its version is pinned, and condition-guards.spec.ts fails when they
// change.

export interface CelType {
  name: string;
  kind: string;
  hasDynType: boolean;
}

export interface Checker {
  check(node: SyntaxNode, context: unknown): CelType;
  getType(name: string): CelType;
}

export interface Evaluator {
  run(node: SyntaxNode, context: unknown): unknown;
}

type Check = (checker: Checker, node: SyntaxNode, context: unknown) => CelType;
export type Evaluate = (evaluator: Evaluator, node: unknown, context: unknown) => unknown;

export interface SyntaxNode {
  op: string;
  args: unknown;
  start: number;
  end: number;
  /** Of a field access: where the field's name begins. */
  pos: number;
  meta: {
    check: Check;
    evaluate: Evaluate;
    macro?: { evaluate: Evaluate };
    /** What the library evaluates instead, for example the loop of `list.all(x, ...)`. */
    alternate?: SyntaxNode;
  };
  setMeta(key: 'check' | 'evaluate', value: unknown): void;
  checkedType?: CelType;
  /** The operation on values that are evaluated; the type check sets it. */
  handle?: (...values: never[]) => unknown;
  left?: SyntaxNode;
  right?: SyntaxNode;
}

export interface Loop {
  iterable: SyntaxNode;
  step: SyntaxNode;
  /** Of `all` and `exists`: whether the loop goes on. */
  condition?: (result: unknown) => boolean;
}

export const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

export interface Call {
  name: string;
  receiver: SyntaxNode | undefined;
  parameters: SyntaxNode[];
}

export function callOf(node: SyntaxNode): Call | undefined {
  const parts = node.args as unknown[];
  if (node.op === 'call') {
    return { name: parts[0] as string, receiver: undefined, parameters: parts[1] as SyntaxNode[] };
  }
  if (node.op !== 'rcall') return undefined;
  return { name: parts[0] as string, receiver: parts[1] as SyntaxNode, parameters: parts[2] as SyntaxNode[] };
}

export function isLoop(call: Call): call is Call & { receiver: SyntaxNode } {
  return call.receiver !== undefined && loops.has(call.name) && call.parameters.length > 1;
}

/** The nodes below `node` that the author wrote. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const call = callOf(node);
  if (call) return call.receiver ? [call.receiver, ...call.parameters] : call.parameters;
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
      return [(node.args as [SyntaxNode])[0]];
    case '!_':
    case '-_':
      return [node.args as SyntaxNode];
    case 'map':
      return (node.args as SyntaxNode[][]).flat();
    default:
      return node.args as SyntaxNode[];
  }
}
