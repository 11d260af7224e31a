/** Reads what a control request sends, and refuses with the names of the fields what can't be read. */
import type { z } from 'zod';
import type { FieldError } from '../http.ts';
import { fieldErrors } from './field-errors.ts';

/** Why a control request is refused. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors?: readonly FieldError[],
  ) {
    super(detail);
  }
}

export function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'The body is not JSON.');
  }
}

export function read<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrors);
  throw new Refused(400, `Bad input: ${errors.map((e) => `${e.path} ${e.message}`).join('; ')}`, errors);
}

export function one(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

export function number(query: URLSearchParams, name: string): number | undefined {
  const value = one(query, name);
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value))
    throw new Refused(400, `${name} is not a whole number.`, [{ path: name, message: 'must be a whole number' }]);
  return Number(value);
}
