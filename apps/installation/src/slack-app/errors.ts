// The two ways a call to Slack about an installation ends badly. Neither holds a token or a code.
import { classify, tokenIsDead } from '@carillon/slack';

/** Slack answered, and the answer is no. `code` is Slack's own. */
export class SlackRefused extends Error {
  readonly retry = 'never';
  constructor(
    readonly method: string,
    readonly code: string,
  ) {
    super(`Slack refused ${method}: ${code}`);
  }

  /** The token will never work again. Any other refusal (our secret, a policy of the workspace) may end. */
  get tokenIsDead(): boolean {
    return tokenIsDead(classify(this.method, this.code));
  }
}

/** No usable answer came: unreachable, too slow, limited or broken. */
export class SlackUnavailable extends Error {
  readonly code = 'slack_unavailable';
  readonly retry = 'later';
  constructor(
    readonly method: string,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`Slack gave no answer to ${method}: ${detail}`, options);
  }
}
