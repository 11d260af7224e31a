// A move that cannot begin or go on, in a sentence for its operator.
export class MoveError extends Error {
  readonly code = 'move_refused';
}
