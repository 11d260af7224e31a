// What an HTTP caller is told when something is wrong (RFC 9457). Thrown anywhere in a request; the filter writes it.
// Promises: only what stands in here leaves the process.
import type { StandardSchemaV1 } from '@standard-schema/spec';

export interface FieldProblem {
  /** Where, as one would write it in code: `to[0].member`; empty for the body itself. */
  path: string;
  message: string;
}

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
    readonly options: { cause?: unknown; headers?: Record<string, string> } = {},
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
  return new Problem(404, 'Not Found', `${what} does not exist`);
}

/** For the validation pipe: names every field that is wrong. */
export function problemOfIssues(issues: readonly StandardSchemaV1.Issue[]): Problem {
  const errors = issues.map((issue) => ({ path: pathOf(issue.path), message: issue.message }));
  const named = errors.filter((error) => error.path).map((error) => error.path);
  const detail = named.length > 0 ? `not valid: ${[...new Set(named)].slice(0, 10).join(', ')}` : (errors[0]?.message ?? 'not valid');
  return new Problem(400, 'Bad Request', detail, errors);
}

function pathOf(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? [])
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)), '');
}
