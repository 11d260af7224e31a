// Zod's issues as errors of fields, for dead letters and HTTP answers. Guarantees: the path names the field as it is
// written in code (`to[0].member`), and a misspelt field by its own name; for a union only the alternative with the
// fewest errors is reported; no value of the payload is repeated.
import type { z } from 'zod';

export interface FieldError {
  /** As it is written in code: `to[0].member`; empty for the payload itself. */
  path: string;
  message: string;
}

type Issue = z.core.$ZodIssue;

const maxErrors = 20;

/** @param data the payload that was checked: it distinguishes a missing field from a wrong one */
export function fieldErrors(issues: readonly Issue[], data: unknown): FieldError[] {
  return issues.flatMap((issue) => errorsOf(issue, [], data)).slice(0, maxErrors);
}

/** The same on one line, for a header or a log. */
export const fieldErrorLine = (errors: readonly FieldError[]): string =>
  errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');

function errorsOf(issue: Issue, base: PropertyKey[], data: unknown): FieldError[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: written([...path, key]), message: 'unknown field' }));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, branch) => (distance(branch) < distance(best) ? branch : best));
    return closest.flatMap((inner) => errorsOf(inner, path, data));
  }
  if (issue.code === 'invalid_type' && valueAt(data, path) === undefined)
    return [{ path: written(path), message: 'is missing' }];
  return [{ path: written(path), message: issue.message }];
}

/** How far a value is from an alternative: unknown and missing fields weigh more than a wrong value deep inside. */
function distance(branch: Issue[]): number {
  let sum = 0;
  for (const issue of branch)
    sum +=
      issue.code === 'unrecognized_keys'
        ? 2 * issue.keys.length
        : issue.path.length === 0
          ? 10
          : 2 / (1 + issue.path.length);
  return sum;
}

function valueAt(data: unknown, path: PropertyKey[]): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function written(path: PropertyKey[]): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text ? `.${String(step)}` : String(step);
  return text;
}
