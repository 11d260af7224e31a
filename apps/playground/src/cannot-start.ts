// A reason a person can act on. Whoever catches one prints the sentence, never a stack.
export class CannotStart extends Error {
  readonly code = 'cannot_start';
  readonly retry = 'never';
}
