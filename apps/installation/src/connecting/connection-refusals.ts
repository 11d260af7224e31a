// Why a connection was refused: the codes that the page of the admin gets in `?error=`, each with the reason and what
// to do. Slack's own codes (`access_denied`, `invalid_scope`, …) occur there as well.
export const connectionRefusals = {
  link_expired: 'The link is older than ten minutes; start again.',
  link_used: 'The link was used already; start again.',
  wrong_state: "Slack's answer does not belong to this link; start again.",
  not_confirmed: 'The connection was not confirmed in time; start again.',
  revoked_meanwhile: "A revocation of the workspace's earlier token ended this one too; start again.",
  superseded: 'A later connection of the same workspace took its place; confirm that one.',
  name_taken: 'Another installation of the organisation has this name; choose another one.',
  wrong_browser: 'The link was opened in another browser; start again in this one.',
  workspace_taken: 'Another customer has connected this workspace; choose another one, or have it disconnected there.',
  other_workspace: 'The installation belongs to another workspace; choose that one in Slack.',
  installation_gone: 'The installation was deleted meanwhile; start again without its id.',
  installation_limit:
    "The organisation's policy allows no further installation; delete one, or raise maxInstallations in the policy.",
  workspace_admin_required: "The organisation's policy requires an admin of the workspace; have an admin connect it.",
  slack_unavailable: 'Slack gave no answer; try again.',
  internal_error: 'An internal error occurred; try again.',
} as const;

export type Refusal = keyof typeof connectionRefusals;

export class ConnectionRefused extends Error {
  readonly retry = 'never';
  constructor(readonly code: Refusal) {
    super(connectionRefusals[code]);
  }
}

/** Slack's `error` parameter comes from a browser, so it may contain anything. */
export const errorCode = (text: string): string => (/^[a-z][a-z0-9_]{0,63}$/.test(text) ? text : 'slack_error');
