// The errors of a CEL expression: those of its text, with the characters they concern, and the failure of one
// evaluation.

export interface ExpressionError {
  message: string;
  /** Character offsets into the expression: the first character, and the one after the last. */
  start: number;
  end: number;
}

/** One evaluation gave no answer: a field is absent, a value has another type, or a limit was reached. */
export class EvaluationFailed extends Error {
  override readonly name: string = 'EvaluationFailed';
}

/** The data has no such field. */
export class FieldAbsent extends EvaluationFailed {
  override readonly name = 'FieldAbsent';
}
