// The values of one event: the expressions of `with`. Guarantees: each is evaluated at most once for an event, and only
// where a text needs it; a value that a text cannot show is an error that names it; the work of all of them, in all
// languages, is bounded.
import type { FieldError } from '@carillon/domain';
import { EvaluationFailed, WorkBudget, type Expression, type Variables } from '../conditions/condition.ts';

/** Why an event has no text. */
export class RenderingFailed extends Error {
  override readonly name = 'RenderingFailed';
  constructor(readonly error: FieldError) {
    super(`${error.path}: ${error.message}`);
  }
}

export const valueFailed = (name: string, message: string): RenderingFailed =>
  new RenderingFailed({ path: `template.with.${name}`, message });

export type Instant = { milliseconds: number; isWholeDay: boolean };

/** About 5 ms, beside what the workflows of the event may take. */
const unitsOfEvent = 200_000;
/** A longer text fits in no field. */
const longestText = 40_000;
const latestInstant = 8.64e15;
const isoDate = /^\d{4}-\d\d-\d\d$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i;

export class Values {
  private readonly known = new Map<string, unknown>();
  private readonly budget = new WorkBudget(unitsOfEvent);

  constructor(
    private readonly expressions: ReadonlyMap<string, Expression>,
    private readonly variables: Variables,
  ) {}

  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      const text = String(value);
      if (text.length > longestText) throw valueFailed(name, `must not be longer than ${longestText} characters`);
      return text;
    }
    throw valueFailed(name, `is ${kindOf(value)}, which is no text`);
  }

  number(name: string): number {
    const value = this.value(name);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw valueFailed(name, `is ${kindOf(value)}, and must be a number`);
  }

  /** ISO 8601, or milliseconds since 1970. A date without a time is the same day in every time zone. */
  instant(name: string): Instant {
    const value = this.value(name);
    const milliseconds =
      typeof value === 'number'
        ? value
        : typeof value === 'string' && (isoDate.test(value) || isoTime.test(value))
          ? Date.parse(value)
          : Number.NaN;
    if (!(Math.abs(milliseconds) <= latestInstant))
      throw valueFailed(name, 'must be an ISO 8601 date or time, or milliseconds since 1970');
    return { milliseconds, isWholeDay: typeof value === 'string' && isoDate.test(value) };
  }

  private value(name: string): unknown {
    if (!this.known.has(name)) this.known.set(name, this.evaluate(name));
    const value = this.known.get(name);
    if (value instanceof RenderingFailed) throw value;
    return value;
  }

  private evaluate(name: string): unknown {
    try {
      const value = this.expressions.get(name)?.evaluate(this.variables, this.budget);
      return value ?? valueFailed(name, 'is null');
    } catch (error) {
      if (error instanceof EvaluationFailed) return valueFailed(name, error.message);
      throw error;
    }
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
