// The classes of failure. Every error code of Slack and every transport error belongs to exactly one class. A new code
// is a line in error-codes.ts; a class is added here only when its consequence is new.
import type { Retry } from '@carillon/domain';

/** Whether the call may have taken effect. `maybe` is an ambiguous attempt: look in Slack before repeating it. */
export type Sent = 'no' | 'maybe';

/** Besides the general answers to "may it be repeated?": after minutes instead of seconds, or with a new token. */
export type SlackRetry = Retry | 'much_later' | 'refresh_token';

/**
 * What else fails with it: only this message · everything to this destination · everything of this installation (or,
 * when `needed` is set, what needs that scope) · this method in this workspace · nothing until somebody corrects our
 * code or our configuration.
 */
export type Scope = 'message' | 'destination' | 'installation' | 'method' | 'defect';

/** The part of a failure that its class fixes. */
export interface FailureClass {
  sent: Sent;
  retry: SlackRetry;
  scope: Scope;
  /** What a person can do about it, in a sentence. */
  advice: string;
}

export const failureKinds = {
  // Without effect; ends by itself.
  rate_limited: {
    sent: 'no',
    retry: { afterMs: 5_000 },
    scope: 'method',
    advice: 'Slack asked to slow down; it is sent again after the pause that Slack named.',
  },
  posting_limited: {
    sent: 'no',
    retry: { afterMs: 30_000 },
    scope: 'method',
    advice: 'The app posted more than this workspace allows; it is sent again after a pause.',
  },
  not_processed: {
    sent: 'no',
    retry: 'later',
    scope: 'message',
    advice: 'Slack did not process the request; it is sent again.',
  },
  unreachable: {
    sent: 'no',
    retry: 'later',
    scope: 'message',
    advice: 'Slack could not be reached and nothing was sent; check the network if it lasts.',
  },
  not_written: {
    sent: 'no',
    retry: 'later',
    scope: 'message',
    advice: 'The call was given up before anything was sent; it is sent by the process that owns the lane now.',
  },

  // May have taken effect.
  ambiguous: {
    sent: 'maybe',
    retry: 'later',
    scope: 'message',
    advice: 'Slack may or may not have carried this out; look there, or send again only if a second copy does no harm.',
  },
  duplicate: {
    sent: 'maybe',
    retry: 'never',
    scope: 'message',
    advice:
      'Slack takes this for a message that it has already seen; look in the conversation before sending it again.',
  },

  // Lasts until somebody, or Slack, changes something.
  migrating: {
    sent: 'no',
    retry: 'much_later',
    scope: 'installation',
    advice: 'The workspace is being moved into an organisation; it is sent again when Slack is done.',
  },
  quota_exhausted: {
    sent: 'no',
    retry: 'much_later',
    scope: 'installation',
    advice:
      "The workspace has used up its plan's allowance; it is tried again much later, or after an upgrade of the plan.",
  },
  channel_migrating: {
    sent: 'no',
    retry: 'much_later',
    scope: 'destination',
    advice: 'The channel is being moved; it is tried again much later.',
  },
  token_stale: {
    sent: 'no',
    retry: 'refresh_token',
    scope: 'installation',
    advice: 'The token has expired; it is refreshed once and the call repeated.',
  },

  // Ends the installation, or a feature of it, until an admin acts.
  token_dead: {
    sent: 'no',
    retry: 'never',
    scope: 'installation',
    advice: 'Slack no longer accepts the token; an admin has to connect Slack again.',
  },
  scope_missing: {
    sent: 'no',
    retry: 'never',
    scope: 'installation',
    advice: 'A permission is missing; an admin has to connect Slack again with a wider scope profile.',
  },
  access_refused: {
    sent: 'no',
    retry: 'never',
    scope: 'installation',
    advice:
      "The workspace does not let the app do this; an admin of the workspace has to allow it in Slack's settings.",
  },
  installation_refused: {
    sent: 'no',
    retry: 'much_later',
    scope: 'installation',
    advice:
      "Slack refuses every call of this installation; an admin of the workspace has to allow the app in Slack's settings.",
  },
  grant_refused: {
    sent: 'no',
    retry: 'never',
    scope: 'installation',
    advice: 'Slack refused the grant; an admin has to connect Slack again.',
  },

  // Ends the destination.
  conversation_unknown: {
    sent: 'no',
    retry: 'never',
    scope: 'destination',
    advice: 'Slack knows no such conversation, or the app may not see it; choose another one.',
  },
  destination_gone: {
    sent: 'no',
    retry: 'never',
    scope: 'destination',
    advice: 'This destination cannot be reached any more; choose another one.',
  },
  destination_closed: {
    sent: 'no',
    retry: 'never',
    scope: 'destination',
    advice: "The destination's rules refuse this; ask one of its managers, or choose another one.",
  },
  not_a_member: {
    sent: 'no',
    retry: 'never',
    scope: 'destination',
    advice: 'The app is not in the channel; invite it there, or grant a profile that may join or post publicly.',
  },

  // Ends the message.
  rendering_refused: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'Slack does not accept these blocks or this much text; the producer has to change them.',
  },
  invalid_payload: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'Slack does not accept this content; the producer has to change it.',
  },
  target_gone: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The message, thread, view or file that this is about is gone or can no longer be changed.',
  },
  message_gone: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The message that this is about is gone or can no longer be changed.',
  },
  thread_gone: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The message that this answers is gone or takes no answers; a post outside of the thread may succeed.',
  },
  file_unknown: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'Slack knows no such file.',
  },
  file_removed: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The file was deleted in Slack.',
  },
  stale: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'Too late: what this answers has moved on; the person has to act again.',
  },
  listing_expired: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The listing has to be started again from its first page.',
  },
  page_too_large: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The list has to be asked for in smaller pages.',
  },
  file_refused: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The workspace does not take this file; send a link instead.',
  },
  /** Said of all files of a message, where one of them is no image. */
  images_only: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'The workspace takes no files other than images; send a link instead, or have an admin allow other files.',
  },
  grant_expired: {
    sent: 'no',
    retry: 'never',
    scope: 'message',
    advice: 'This attempt to connect is no longer valid; start connecting again.',
  },
  busy: {
    sent: 'no',
    retry: 'later',
    scope: 'message',
    advice: 'The message is busy; the change is tried again.',
  },

  // Lasts until our code or our configuration is corrected.
  misconfigured: {
    sent: 'no',
    retry: 'never',
    scope: 'defect',
    advice:
      "Our configuration and the Slack app's settings differ; compare client id, secret, redirect address and features.",
  },
  defect: {
    sent: 'no',
    retry: 'never',
    scope: 'defect',
    advice: 'The request itself is wrong; this is a defect of Carillon, please report it.',
  },
  unknown: {
    sent: 'no',
    retry: 'never',
    scope: 'defect',
    advice: "Slack gave an error that we do not know; see Slack's documentation and add it to the table.",
  },
} as const satisfies Record<string, FailureClass>;

export type FailureKind = keyof typeof failureKinds;
