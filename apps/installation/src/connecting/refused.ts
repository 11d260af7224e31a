// Why a connection did not come about, as the page the admin returns to reads it in `?error=`.
// Slack's own codes (`access_denied`, `invalid_scope`, …) may stand there as well.
export const refusals = {
  link_expired: 'The link is older than ten minutes; start again.',
  link_used: 'The link was used already; start again.',
  wrong_browser: 'The link was opened in another browser; start again in this one.',
  workspace_taken: 'Another customer has connected this workspace.',
  other_workspace: 'The installation belongs to another workspace than the one that was chosen in Slack.',
  installation_gone: 'The installation was deleted meanwhile.',
  installation_limit: "The organisation's policy allows no further installation.",
  workspace_admin_required: "The organisation's policy asks for an admin of the workspace.",
  slack_unavailable: 'Slack gave no answer; try again.',
  internal_error: 'Something went wrong on our side; try again.',
} as const;

export type Refusal = keyof typeof refusals;

export class ConnectionRefused extends Error {
  readonly retry = 'never';
  constructor(readonly code: Refusal) {
    super(refusals[code]);
  }
}

/** Slack's `error` parameter comes through a browser: anybody may write anything into it. */
export const errorCode = (text: string): string => (/^[a-z][a-z0-9_]{0,63}$/.test(text) ? text : 'slack_error');
