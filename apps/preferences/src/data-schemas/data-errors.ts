// The validator's errors as errors of fields, in plain words. Guarantees: the path is written as in code
// (`data.items[0].name`), with the name of the missing or unknown field; no value of the data is repeated; a list of
// alternatives gives one error and not those of every alternative.
import type { ErrorObject } from 'ajv';
import type { FieldError } from '@carillon/domain';
import { formats } from './formats.ts';
import { writePath } from './keywords.ts';

const mostErrors = 20;
/** What the validator says besides: names and limits. */
type Params = Readonly<Record<string, string | number | unknown[] | null | undefined>>;

/** The validator can find thousands. */
const mostRead = 2_000;

export function dataErrors(errors: readonly ErrorObject[], data: unknown): FieldError[] {
  const kept: ErrorObject[] = [];
  for (const error of errors.slice(0, mostRead)) {
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') dropAlternatives(kept, error);
    // The errors inside of these are reported.
    if (error.keyword !== 'if' && (error.keyword === 'propertyNames' || error.propertyName === undefined))
      kept.push(error);
  }
  const found = new Map<string, FieldError>();
  for (const error of kept) {
    const one = fieldError(error, data);
    found.set(`${one.path}\n${one.message}`, one);
    if (found.size === mostErrors) break;
  }
  return [...found.values()];
}

/** The errors of the alternatives precede the error of their list. */
function dropAlternatives(kept: ErrorObject[], list: ErrorObject): void {
  for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
    const isBelow = last.instancePath === list.instancePath || last.instancePath.startsWith(`${list.instancePath}/`);
    const isOfList = last.schemaPath.startsWith(`${list.schemaPath}/`) || last.schemaPath.startsWith('#/$defs/');
    if (!isBelow || !isOfList) return;
    kept.pop();
  }
}

function fieldError(error: ErrorObject, data: unknown): FieldError {
  const steps = stepsOf(error.instancePath, data);
  const params = error.params as Params;
  const at = (name: Params[string], message: string): FieldError => ({
    path: writePath('data', name === undefined ? steps : [...steps, name as string]),
    message,
  });
  switch (error.keyword) {
    case 'required':
      return at(params['missingProperty'], 'is required');
    case 'dependentRequired':
      return at(params['missingProperty'], `is required where ${String(params['property'])} is given`);
    case 'additionalProperties':
      return at(params['additionalProperty'], 'unknown field');
    case 'unevaluatedProperties':
      return at(params['unevaluatedProperty'], 'unknown field');
    case 'propertyNames':
      return at(params['propertyName'], 'is not an allowed name of a field');
    default:
      return at(undefined, messageOf(error.keyword, params));
  }
}

function messageOf(keyword: string, params: Params): string {
  const limit = Number(params['limit']);
  switch (keyword) {
    case 'type':
      return `must be ${[params['type']].flat().map(typeName).join(' or ')}`;
    case 'enum':
      return `must be one of ${shortened((params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', '))}`;
    case 'const':
      return `must be ${shortened(JSON.stringify(params['allowedValue']))}`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be more than ${limit}`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}`;
    case 'multipleOf':
      return `must be a multiple of ${String(params['multipleOf'])}`;
    case 'minLength':
      return `must have at least ${counted(limit, 'character')}`;
    case 'maxLength':
      return `must have at most ${counted(limit, 'character')}`;
    case 'minItems':
      return `must have at least ${counted(limit, 'item')}`;
    case 'maxItems':
    case 'items':
    case 'unevaluatedItems':
      return `must have at most ${counted(Number(params['limit'] ?? params['len']), 'item')}`;
    case 'minProperties':
      return `must have at least ${counted(limit, 'field')}`;
    case 'maxProperties':
      return `must have at most ${counted(limit, 'field')}`;
    case 'uniqueItems':
      return 'must not have the same item twice';
    case 'pattern':
      return `must match the pattern ${shortened(String(params['pattern']))}`;
    case 'format':
      return `must be ${formats.get(String(params['format']))?.name ?? String(params['format'])}`;
    case 'contains':
      return params['maxContains'] === undefined
        ? `must have at least ${counted(Number(params['minContains']), 'item')} of the demanded kind`
        : `must have ${String(params['minContains'])} to ${String(params['maxContains'])} items of the demanded kind`;
    case 'anyOf':
      return 'must match at least one of the allowed shapes';
    case 'oneOf':
      return 'must match exactly one of the allowed shapes';
    case 'not':
      return 'must not have the excluded shape';
    case 'false schema':
      return 'is not allowed';
    default:
      return `does not satisfy ${keyword}`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

export const typeName = (type: unknown): string => typeNames[String(type)] ?? String(type);

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const longest = 200;
const shortened = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** A number in the validator's pointer is an index where the value is a list, else a name. */
function stepsOf(pointer: string, data: unknown): PropertyKey[] {
  let value = data;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const isIndex = Array.isArray(value);
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
      return isIndex ? Number(step) : step;
    });
}
