// An error whose message says what a person can do. Whoever catches it prints the message without the stack.
export class CannotStart extends Error {
  readonly code = 'cannot_start';
  readonly retry = 'never';
}
