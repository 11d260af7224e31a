// The error of an HTTP request (RFC 9457). It may be thrown anywhere in a request; the filter writes it as the answer.
// Guarantees: the answer contains only the fields of the Problem.
import { fieldErrors, type FieldError } from '@carillon/domain';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { z } from 'zod';

export type FieldProblem = FieldError;

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: FieldProblem[];
  traceId?: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail?: string,
    readonly errors?: FieldProblem[],
    /** `refusalReason`: what the audit log says; given, it is in the audit log whatever the status. */
    readonly options: { cause?: unknown; headers?: Record<string, string>; refusalReason?: string } = {},
  ) {
    super(detail ?? title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
  }

  toDocument(): ProblemDocument {
    return {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      ...(this.detail ? { detail: this.detail } : {}),
      ...(this.errors?.length ? { errors: this.errors } : {}),
    };
  }
}

export function notFound(what: string): Problem {
  return new Problem(404, 'Not Found', `${what} does not exist`, undefined, {
    refusalReason: "does not exist, or is another tenant's",
  });
}

/** Where nothing says how long it takes until a request may succeed. */
const retryAfterSeconds = 2;

/** The same request may succeed later. `afterSeconds`: when it is sensible to send it again. */
export function unavailable(detail: string, cause?: unknown, afterSeconds = retryAfterSeconds): Problem {
  const headers = { 'retry-after': String(afterSeconds) };
  return new Problem(503, 'Service Unavailable', detail, undefined, { cause, headers });
}

/** Somebody else holds the rows that the request changes: nothing was done. */
export const lockedProblem = (cause?: unknown): Problem =>
  unavailable('something else is changing what this request concerns; try again', cause);

/** The words of the audit log for a refusal: the same for all requests that are refused alike, without their values. */
export const refusalReasonOf = ({ title, detail = title, errors, options }: Problem): string =>
  options.refusalReason ?? (errors?.[0] ? `not allowed: ${errors[0].path}` : detail);

/**
 * For the validation pipe: names every field that is wrong, in the words that a dead letter has for it.
 * @param data what was checked
 */
export function problemOfIssues(issues: readonly StandardSchemaV1.Issue[], data: unknown): Problem {
  // Every schema of a route is zod's, whose issues say more than the standard asks for.
  const errors = fieldErrors(issues as readonly z.core.$ZodIssue[], data);
  return data === undefined ? problemOfFields(errors, 'the body is missing') : problemOfFields(errors);
}

/** @param whole what is said where no error names a field */
export function problemOfFields(errors: FieldProblem[], whole = errors[0]?.message ?? 'not valid'): Problem {
  const named = errors.filter((error) => error.path).map((error) => error.path);
  const detail = named.length > 0 ? `not valid: ${[...new Set(named)].slice(0, 10).join(', ')}` : whole;
  return new Problem(400, 'Bad Request', detail, errors);
}
