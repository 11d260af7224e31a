// The limits of one evaluation, counted and not timed. One unit is about 25 ns: a step of a loop, a comparison, or a
// few characters of text. Guarantee: after a limit is reached the evaluation fails, also where `||` or `exists` would
// have ignored the error.
import { EvaluationFailed } from './errors.ts';

export const charactersPerUnit = 16;
export const longestText = 65_536;
export const longestList = 10_000;
/** Under 5 ms for the worst expressions that a search found (condition-guards.spec.ts). */
export const mostUnits = 150_000;
const mostLoopSteps = 100_000;
// What an evaluation costs besides its operations.
const unitsPerEvaluation = 40;
// One that fails creates an error, which records the stack.
const unitsPerFailure = 2_000;

/** The units that several evaluations share. */
export class WorkBudget {
  /** Whether an evaluation was stopped because the others had taken the units. */
  isSpent = false;

  constructor(public left: number) {}
}

export class WorkMeter {
  private left = mostUnits;
  private granted = mostUnits;
  private budget: WorkBudget | undefined;
  /** Why the evaluation was stopped. */
  refusal: EvaluationFailed | undefined;

  /** Throws EvaluationFailed where nothing is left of the budget. */
  start(budget: WorkBudget | undefined): void {
    this.budget = budget;
    this.granted = Math.min(mostUnits, budget?.left ?? mostUnits);
    this.left = this.granted;
    this.refusal = undefined;
    this.spend(unitsPerEvaluation);
  }

  /** Takes from the budget what was spent. */
  end(hasFailed: boolean): void {
    if (hasFailed) this.left -= unitsPerFailure;
    if (this.budget) this.budget.left -= Math.min(this.granted, this.granted - this.left);
    this.budget = undefined;
  }

  spend(units: number): void {
    this.left -= units;
    if (this.left >= 0) return;
    if (this.budget && this.granted < mostUnits) {
      this.budget.isSpent = true;
      this.left = 0;
      this.refuse('the expressions together take too much work for this data');
    }
    this.refuse('the expression takes too much work for this data');
  }

  /** A loop of `length` steps, inside a loop of `outerLength`. */
  startLoop(length: number, outerLength: number, nodes: number): void {
    if (length * outerLength > mostLoopSteps) this.refuse(`nested loops take more than ${mostLoopSteps} steps`);
    this.spend(length * nodes);
  }

  checkText(length: number): void {
    if (length > longestText) this.refuse(`the expression builds a text of more than ${longestText} characters`);
    this.spend(length / charactersPerUnit);
  }

  checkList(length: number): void {
    if (length > longestList) this.refuse(`the expression builds a list of more than ${longestList} items`);
    this.spend(length);
  }

  refuse(message: string): never {
    // One error is thrown again and again: a loop may catch it at each step, and creating one is slow.
    this.refusal ??= new EvaluationFailed(message);
    throw this.refusal;
  }
}
