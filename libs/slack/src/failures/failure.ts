// What a call that did not succeed means for the one who made it. Consumers decide by `sent`, `retry` and `scope`;
// `code` is for counting and for people.

/** Whether Slack may have carried the call out: `maybe` is an ambiguous attempt, never to be repeated blindly. */
export type Sent = 'no' | 'maybe';

export type Retry = 'never' | 'later' | 'much_later' | 'refresh_token' | { readonly afterMs: number };

/**
 * What else fails with it: only this message · everything to this destination · everything of this installation (or,
 * when `needed` is set, what needs that scope) · this method in this workspace · nothing until somebody mends us or
 * our configuration.
 */
export type Scope = 'message' | 'destination' | 'installation' | 'method' | 'defect';

export interface SlackFailure {
  /** Slack's error code, or one of ours for what happened on the way. */
  code: string;
  sent: Sent;
  retry: Retry;
  scope: Scope;
  /** The scope that the token lacks. */
  needed?: string;
  /** What a person can do about it, in a sentence. */
  advice: string;
  /** Slack's own explanation, where it gave one (it names the block that is wrong). */
  detail?: string;
  /** Set for a code that is in no table: final, and worth an alert. */
  unknown?: true;
}

/** The part of a failure that its class fixes. */
export type Verdict = Pick<SlackFailure, 'sent' | 'retry' | 'scope' | 'advice'>;
