// What a call that did not succeed means for its caller. Callers decide by `kind`, `sent`, `retry` and `scope`; `code`
// is for metrics and for people. No caller compares `code` with codes of Slack: only error-codes.ts names them.
import type { FailureClass, FailureKind } from './failure-kinds.ts';

export interface SlackFailure extends FailureClass {
  /** Slack's error code, or our code of a transport error. */
  code: string;
  /** The class of the code. `unknown` is the class of a code that is in no table: final, and worth an alert. */
  kind: FailureKind;
  /** The scope that the token lacks. */
  needed?: string;
  /** Slack's own explanation, where it gave one (it names the block that is wrong). */
  detail?: string;
}

/** Slack will not accept this token again. An expired token counts: a caller that can refresh it asks `retry` first. */
export const tokenIsDead = ({ kind }: Pick<SlackFailure, 'kind'>): boolean =>
  kind === 'token_dead' || kind === 'token_stale';
