// Puts the limits of the work meter around the operations of a checked syntax tree: loops, texts and lists that grow,
// comparisons by content, patterns. Guarantee: the work of one evaluation is counted before it is done, whatever the
// data. It also keeps the library from deriving a type of a nested value at run time: the library keeps such a type for
// ever, and a sender chooses the values.
import { RE2JS } from 're2js';
import { areEqual } from './equality.ts';
import { EvaluationFailed } from './errors.ts';
import { isJsonObject, ownField } from './readable-json.ts';
import { callOf, childrenOf, isLoop, type Evaluate, type Loop, type SyntaxNode } from './syntax-tree.ts';
import { charactersPerUnit, type WorkMeter } from './work-meter.ts';

type Handle = (...values: unknown[]) => unknown;

interface LoopState {
  length: number;
}

// A caught error costs as much as some hundred steps: creating one records the stack.
const errorUnits = 400;
// `contains` can compare each character of a long text with each of the other.
const comparisonsPerUnit = 500;
// Listing the keys of a large object.
const unitsPerKey = 12;
// Writing a number as a text; reading a text as a time or a duration.
const stringUnits = 6;
const timestampUnits = 60;
const durationUnits = 40;
// A step of a pattern's program on one character. The first characters cost more: each may build a state of the
// automaton.
const unitsPerPatternStep = 2;
const unitsPerStateStep = 4;
const builtStates = 64;
const longestDuration = 40;
const scalarTypes = new Set(['bool', 'int', 'double', 'string', 'null']);
const dateAndTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const [leastInt, mostInt] = [-(2n ** 63n), 2n ** 63n - 1n];

export function boundEvaluation(node: SyntaxNode, meter: WorkMeter, loop?: LoopState): void {
  const call = callOf(node);
  if (call && isLoop(call)) {
    const state: LoopState = { length: 0 };
    boundEvaluation(call.receiver, meter, loop);
    const bodies = call.parameters.slice(1);
    for (const body of bodies) boundEvaluation(body, meter, state);
    boundLoop(node.meta.alternate as SyntaxNode, meter, state, loop, bodies.map(countNodes).reduce(sum, 2));
    return;
  }
  // `has` evaluates the path of its parameter itself.
  if (call?.name !== 'has') for (const child of childrenOf(node)) boundEvaluation(child, meter, loop);
  if (loop && (node.op === '||' || node.op === '&&')) chargeErrors((node.args as SyntaxNode[])[0], meter);
  if (call) return boundCall(node, call.name, meter);
  if (node.op === '-_' || node.op === '!_') return wrap(node, (value) => requireScalar(value, node.op[0]));
  if (Array.isArray(node.args) && node.args.length === 2 && node.op in binary) boundBinary(node, meter, loop);
}

const sum = (left: number, right: number): number => left + right;

function countNodes(node: SyntaxNode): number {
  const call = callOf(node);
  const children = call && isLoop(call) ? [call.receiver] : childrenOf(node);
  return children.map(countNodes).reduce(sum, 1);
}

/** Runs `before` with the values of the operation, and then the operation. */
function wrap(node: SyntaxNode, before: (...values: unknown[]) => void): void {
  const handle = node.handle as Handle;
  node.handle = (...values: unknown[]) => {
    before(...values);
    return handle(...values);
  };
}

function boundLoop(node: SyntaxNode, meter: WorkMeter, state: LoopState, outer: LoopState | undefined, nodes: number) {
  const handle = node.handle as Handle;
  node.handle = (list: unknown, ...rest: unknown[]) => {
    let items = list;
    if (typeof list === 'object' && list !== null && !Array.isArray(list)) {
      items = list instanceof Map ? [...list.keys()] : Object.keys(list);
      meter.spend((items as unknown[]).length * unitsPerKey);
    }
    const length = Array.isArray(items) ? items.length : 0;
    state.length = length;
    meter.startLoop(length, outer?.length ?? 1, nodes);
    return handle(items, ...rest);
  };
  const loop = node.args as Loop;
  chargeErrors(loop.step, meter);
  // `all` and `exists` go on after an error, but not after a limit was reached.
  const { condition } = loop;
  if (condition) loop.condition = (result) => meter.refusal === undefined && condition(result);
}

/** Where the library ignores an error, and may meet it again at each step of a loop. */
function chargeErrors(node: SyntaxNode | undefined, meter: WorkMeter): void {
  if (!node) return;
  if (node.meta.alternate) return chargeErrors(node.meta.alternate, meter);
  const owner = node.meta.macro ?? node.meta;
  const { evaluate } = owner;
  const charged: Evaluate = (...parameters) => {
    try {
      return evaluate(...parameters);
    } catch (error) {
      meter.spend(errorUnits);
      throw error;
    }
  };
  owner.evaluate = charged;
}

const binary = { '==': 1, '!=': 1, in: 1, '+': 1, '-': 1, '*': 1, '/': 1, '%': 1, '<': 1, '<=': 1, '>': 1, '>=': 1 };

function boundBinary(node: SyntaxNode, meter: WorkMeter, loop: LoopState | undefined): void {
  const types = (node.args as SyntaxNode[]).map((operand) => operand.checkedType?.name ?? 'dyn');
  const areScalars = types.every((type) => scalarTypes.has(type));
  const areNumbers = areScalars && !types.includes('string');
  switch (node.op) {
    case '==':
    case '!=': {
      if (areNumbers || (areScalars && !loop)) return;
      const isEqualWanted = node.op === '==';
      node.handle = (left: unknown, right: unknown) => areEqual(left, right, meter) === isEqualWanted;
      return;
    }
    case 'in':
      node.handle = (value: unknown, among: unknown) => isAmong(value, among, meter);
      return;
    default:
      if (!areNumbers) boundArithmetic(node, meter);
  }
}

function isAmong(value: unknown, among: unknown, meter: WorkMeter): boolean {
  if (Array.isArray(among)) return among.some((item) => areEqual(item, value, meter));
  if (typeof among !== 'object' || among === null) throw new EvaluationFailed('`in` needs a list or an object');
  return ownField(among, value as string) !== undefined;
}

function boundArithmetic(node: SyntaxNode, meter: WorkMeter): void {
  const handle = node.handle as Handle;
  node.handle = (left: unknown, right: unknown, ...rest: unknown[]) => {
    if (node.op === '+' && Array.isArray(left) && Array.isArray(right)) {
      meter.checkList(left.length + right.length);
      return left.concat(right) as unknown[];
    }
    requireScalar(left, node.op);
    requireScalar(right, node.op);
    if (typeof left === 'string' && typeof right === 'string') {
      if (node.op === '+') meter.checkText(left.length + right.length);
      else meter.spend(Math.min(left.length, right.length) / charactersPerUnit);
    }
    return handle(left, right, ...rest);
  };
}

/** Refuses a list or an object where the library has no operation on one. */
function requireScalar(value: unknown, operation: string | undefined): void {
  if (Array.isArray(value) || isJsonObject(value)) {
    throw new EvaluationFailed(`there is no ${operation} on ${Array.isArray(value) ? 'a list' : 'an object'}`);
  }
}

function boundCall(node: SyntaxNode, name: string, meter: WorkMeter): void {
  if (name === 'has') return;
  const handle = node.handle as Handle;
  // The library passes the evaluated receiver and parameters as one array.
  node.handle = (values: unknown, ...rest: unknown[]) => {
    const [first, ...others] = values as unknown[];
    if (name === 'size' && typeof first === 'object' && first !== null) return sizeOf(first, meter);
    if (name === 'join') checkJoin(first, others[0], meter);
    else requireScalar(first, name);
    for (const other of others) requireScalar(other, name);
    if (name === 'string') meter.spend(stringUnits);
    if (typeof first === 'string') chargeText(name, first, others[0], meter);
    // The library would change every letter.
    if (name === 'lowerAscii' && typeof first === 'string')
      return first.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
    if (name === 'upperAscii' && typeof first === 'string')
      return first.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
    const result = handle(values, ...rest);
    if (name === 'int' && typeof result === 'bigint' && (result < leastInt || result > mostInt)) {
      throw new EvaluationFailed('the number is too large for int()');
    }
    return result;
  };
}

function sizeOf(value: object, meter: WorkMeter): bigint {
  if (Array.isArray(value)) return BigInt(value.length);
  const size = value instanceof Map ? value.size : Object.keys(value).length;
  meter.spend(size * unitsPerKey);
  return BigInt(size);
}

function chargeText(name: string, text: string, other: unknown, meter: WorkMeter): void {
  if (other instanceof RE2JS) {
    const read = text.length * unitsPerPatternStep + Math.min(text.length, builtStates) * unitsPerStateStep;
    return meter.spend(other.programSize() * read);
  }
  if (name === 'timestamp' && !dateAndTime.test(text)) {
    throw new EvaluationFailed('timestamp() needs a date and time like 2026-01-31T09:00:00Z');
  }
  if (name === 'duration' && text.length > longestDuration) throw new EvaluationFailed('the duration is too long');
  if (name === 'timestamp') meter.spend(timestampUnits);
  if (name === 'duration') meter.spend(durationUnits);
  meter.spend(text.length / (name === 'split' || name === 'size' ? 1 : charactersPerUnit));
  if (typeof other === 'string') meter.spend((text.length * other.length) / comparisonsPerUnit);
}

function checkJoin(list: unknown, separator: unknown, meter: WorkMeter): void {
  if (!Array.isArray(list)) throw new EvaluationFailed('join() needs a list');
  const between = typeof separator === 'string' ? separator.length : 0;
  let length = 0;
  for (const item of list as unknown[]) {
    if (typeof item !== 'string') throw new EvaluationFailed('join() needs a list of texts');
    length += item.length + between;
  }
  meter.spend(list.length);
  meter.checkText(length);
}
