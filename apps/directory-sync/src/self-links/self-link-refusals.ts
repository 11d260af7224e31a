// Why a member could not link their own Slack account: the codes that the return address gets in `?error=`, each with
// the reason and what to do.
import { selfLinkRefusals } from '../links/link-by-hand.ts';

export const refusals = {
  ...selfLinkRefusals,
  link_expired: 'The link is older than ten minutes. Start again.',
  link_used: 'The link was used already. Start again if your account is not linked.',
  wrong_browser: 'The link was begun in another browser. Start again in this one, signed in as yourself.',
  cancelled: 'The sign-in to Slack was cancelled. Start again.',
  other_workspace: 'You signed in to another workspace. Start again, and choose the workspace that you were asked for.',
  member_gone: 'You are no longer known as a member of this organisation. Ask an administrator.',
  installation_gone: 'The workspace is not connected any more. Ask an administrator.',
  not_listed_yet: 'The people of the workspace are not listed yet. Try again in some minutes.',
  not_proven: 'Slack did not prove who you are. Start again.',
  slack_unavailable: 'Slack gave no answer. Try again in some minutes.',
  internal_error: 'An internal error occurred. Try again.',
} as const;
export type Refusal = keyof typeof refusals;

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly retry = 'never';

  constructor(
    readonly code: Refusal,
    options?: ErrorOptions,
  ) {
    super(refusals[code], options);
  }
}
