// The two errors of a call to Slack about an installation. Neither contains a token or an OAuth code.
import { classify, tokenIsDead } from '@carillon/slack';

/** Slack answered with an error. `code` is Slack's error code. */
export class SlackRefused extends Error {
  readonly retry = 'never';
  constructor(
    readonly method: string,
    readonly code: string,
  ) {
    super(`Slack refused ${method}: ${code}`);
  }

  /** The token will not work again. Any other error (the client secret, a policy of the workspace) may pass. */
  get tokenIsDead(): boolean {
    return tokenIsDead(classify(this.method, this.code));
  }
}

/** Slack gave no usable answer: it was unreachable, too slow, limited the calls, or sent something invalid. */
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
