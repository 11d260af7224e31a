// JSON has one kind of number: every number of the data is a double, and `100` in an expression is a CEL int. CEL has
// no operator on a double and an int. These are the operators that make them one kind of number. `%` on doubles is ours
// too: `data.count % 2 == 0` has no other form.
import type { Environment } from '@marcbachmann/cel-js';

type Numeric = number | bigint;

const operations: Record<string, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

/** The library has `< <= > >=` on a double and an int already. */
export function registerNumberOperators(environment: Environment): void {
  for (const [operator, calculate] of Object.entries(operations)) {
    const handler = (left: Numeric, right: Numeric): number => calculate(Number(left), Number(right));
    environment.registerOperator(`double ${operator} int: double`, handler);
    environment.registerOperator(`int ${operator} double: double`, handler);
    if (operator === '%') environment.registerOperator('double % double: double', handler);
  }
  // `!=`, and the two the other way round, follow from this one.
  environment.registerOperator('double == int', (left: Numeric, right: Numeric) => left == right);
}
