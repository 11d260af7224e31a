// The reasons of a decision: a closed list of codes, each with the sentence that people read. A decision lists its
// reasons in the order in which they were found. `detail` (names, ids) never holds a secret.
import { z } from 'zod';

export const reasonSentences = {
  addressed: 'The request names this recipient.',
  saved_destination: 'The recipient belongs to this saved destination.',
  unknown_destination: 'No such destination is saved.',
  everyone: 'The request names everyone of the organisation.',
  has_role: 'The request names everyone who has this role.',
  follows: 'The recipient follows this topic.',
  default_channels: "The type's defaults choose the channels.",
  organisation_default: "The organisation's defaults choose the channels.",
  member_preference: "The member's own preference chooses the channels.",
  type_cannot_be_muted: 'Preferences cannot turn this type off.',
  muted: 'The member or the organisation turned this type off.',
  unsubscribed: 'The person unsubscribed from e-mails of this type.',
  slack_off: 'The member turned all Slack messages off.',
  channel_not_allowed: 'The type does not go to a channel that was chosen; that channel is left out.',
  paused: 'The member paused notifications for a time.',
  urgent: 'It is urgent, so neither quiet hours nor a digest hold it back.',
  workflow: 'A workflow of the tenant tells this recipient.',
  workflow_failed: 'The condition of a workflow could not be evaluated; the workflow told nobody.',
  workflow_names_nobody: 'A workflow matches, but the data names nobody whom it could tell.',
  actor_excluded: 'The recipient did it, and the type does not tell people what they did themselves.',
  fallback_off: 'A preference says that no e-mail is sent where Slack cannot reach the member.',
  expired: 'It had expired before it was decided.',
  linked: 'The member is linked to a Slack user.',
  linked_by_email: 'The address belongs to a linked member.',
  email_only: 'The address belongs to no member; it is notified by e-mail.',
  not_linked: 'The member is not linked to a Slack user.',
  link_ambiguous: 'More than one Slack user has this e-mail address.',
  link_deactivated: 'The linked Slack user is deactivated.',
  link_removed: 'The link to Slack was removed by an admin.',
  not_connected: 'The tenant has not connected Slack.',
  installation_disconnected: 'An admin disconnected Slack.',
  installation_lost: 'Slack no longer accepts the installation; the message waits until it is reconnected.',
  scope_missing: 'The installation was not granted a scope that this needs.',
  unknown_installation: 'The request names an installation that does not exist.',
  unknown_channel: 'No channel of this name is known in the connected workspaces.',
  channel_ambiguous: 'Several channels of the connected workspaces have this name.',
  channel_archived: 'The channel is archived.',
  channel_not_joined: 'The app is not in the channel, and may not post there from outside.',
  unknown_member: 'No such member is known.',
  same_person: 'The same person is notified as another recipient of this notification.',
  id_reused: 'The same source and id came again with other content; it was refused, and the first content stands.',
  broadcast_refused: 'The raw blocks notify many at once, which the type does not allow.',
  foreign_address: "The address belongs to another tenant's installation.",
  member_inactive: 'The member is not active.',
  no_address: 'The member has no e-mail address.',
  email_fallback: 'Slack cannot reach the member; e-mail is the fallback.',
  quiet_hours: "It is night, or another quiet hour, in the member's time zone; the message waits.",
  digest: 'The member hears this type in a digest.',
  rolled_up: 'The recipient got many of this type in a short time; one message says how many more there were.',
  no_workflow: 'No workflow of the tenant matches.',
  nobody: 'The request names nobody.',
  audience_empty: 'Nobody belongs to the audience that the request names.',
  unreadable_decision: 'A part of the decision is of a kind that this release does not know; it was not carried out.',
} as const;

export type ReasonCode = keyof typeof reasonSentences;

/** What to do about a reason, for whoever did not expect it. */
export const reasonAdvice: Readonly<Record<ReasonCode, string>> = {
  addressed: 'Nothing.',
  saved_destination: 'Nothing; GET /v1/destinations shows the destination.',
  unknown_destination: 'Name a destination that GET /v1/destinations lists.',
  everyone: 'Nothing.',
  has_role: 'Nothing; the product says in member.changed who has which role.',
  follows: 'Nothing; the member stops following with DELETE /v1/topics/{topic}/followers/member/me.',
  default_channels: "Nothing; a default of the organisation or a member's preference overrides it.",
  organisation_default: 'Nothing; an owner or admin changes it with PUT /v1/defaults.',
  member_preference: 'Nothing; the member changes it with PUT /v1/members/me/preferences.',
  type_cannot_be_muted: 'Nothing; set `mutable: true` for the type in the catalogue if people may turn it off.',
  muted: 'The member turns the type on again in the preferences, or an admin in the defaults.',
  unsubscribed: 'The person asks to be subscribed again; nobody else may undo it.',
  slack_off: 'The member turns Slack on again in the preferences.',
  channel_not_allowed: 'Choose a channel that the type allows, or allow it in the catalogue (allowedChannels).',
  paused: 'The member ends the pause in the preferences (pausedUntil).',
  urgent: 'Nothing.',
  workflow: 'Nothing; GET /v1/workflows shows the workflow.',
  workflow_failed: 'Correct the condition of the workflow, or the data; the detail says what failed.',
  workflow_names_nobody: 'Put a member id or an e-mail address where the path of the workflow points to.',
  actor_excluded: 'Nothing; set `excludeActor: false` for the type in the catalogue to tell them too.',
  fallback_off: 'Choose fallback email in the preferences, or link the member to Slack.',
  expired: 'Publish earlier, or with a later expiresAt.',
  linked: 'Nothing.',
  linked_by_email: 'Nothing.',
  email_only: 'Nothing; write the member to member.changed if the address belongs to one.',
  not_linked: 'Give the member the e-mail address that the person has in Slack, or link the member by hand.',
  link_ambiguous: 'Link the member by hand: PUT /v1/people/{member}/links/{installation}.',
  link_deactivated: 'Activate the user in Slack, or link the member to another user.',
  link_removed: 'Link the member again by hand, if that is wanted.',
  not_connected: 'An owner or security admin connects Slack.',
  installation_disconnected: 'An owner or security admin connects Slack again.',
  installation_lost: 'An owner or security admin connects Slack again before the message expires.',
  scope_missing: 'Connect Slack again with a scope profile that grants the scope.',
  unknown_installation: 'Name an installation that GET /v1/installations lists.',
  unknown_channel: 'Name a channel that GET /v1/channels lists, or its id; the detail names those that are close.',
  channel_ambiguous: 'Name the channel by its id; the detail lists the ids.',
  channel_archived: 'Name another channel, or unarchive it in Slack.',
  channel_not_joined: 'Invite the app in Slack: open the channel and write /invite @ and the name of the app.',
  unknown_member:
    'Write the member to member.changed or PUT /v1/members/{member}, and send the notification with a new id.',
  same_person: 'Nothing; the person gets the notification once.',
  id_reused: 'Give each notification an id of its own.',
  broadcast_refused: 'Remove <!channel>, <!here> or the user group, or set `broadcast: allowed` for the type.',
  foreign_address: "Address a workspace of the tenant's own installations.",
  member_inactive: 'Write the member with `active: true` if the person is to be notified.',
  no_address: 'Write the member with an e-mail address.',
  email_fallback: 'Nothing; see the reason before it to reach the member by Slack.',
  quiet_hours: 'Nothing; send it with priority urgent if it cannot wait.',
  digest: 'Nothing; the member changes the cadence in the preferences.',
  rolled_up: 'Nothing; the throttle of the type, or of a preference for it, says how many are sent one by one.',
  no_workflow: 'Add a workflow for the type, or name recipients in `to`.',
  nobody: 'Name recipients in `to`.',
  audience_empty: 'Nothing; or look who follows the topic, and who has the role in member.changed.',
  unreadable_decision:
    'Finish the upgrade: delivery runs an older release than preferences. Then send it with a new id.',
};

/** The sentence of a code, which may be one of a newer release. */
export const reasonSentenceOf = (code: string): string =>
  Object.hasOwn(reasonSentences, code)
    ? reasonSentences[code as ReasonCode]
    : `This release does not know the reason ${code}.`;

export const reasonCodes = Object.keys(reasonSentences) as [ReasonCode, ...ReasonCode[]];

export const reason = z.object({ code: z.enum(reasonCodes), detail: z.string().optional() });
export type Reason = z.infer<typeof reason>;

/** Reasons that tell how a recipient was found and its channels were chosen. They never suppress a notification. */
const informational = new Set<string>([
  'addressed',
  'saved_destination',
  'everyone',
  'has_role',
  'follows',
  'default_channels',
  'organisation_default',
  'member_preference',
  'type_cannot_be_muted',
  'urgent',
  'workflow',
  'linked',
  'linked_by_email',
  'email_only',
  'email_fallback',
] satisfies ReasonCode[]);

/** The reasons for which a recipient is not told, in the order in which they were found; all where none stands out. */
export function suppressingReasons<R extends { code: string }>(reasons: readonly R[]): readonly R[] {
  const suppressing = reasons.filter(({ code }) => !informational.has(code));
  return suppressing.length > 0 ? suppressing : reasons;
}

/** For a person who asks why: of a suppressed decision, the reasons that suppress it come first. */
export function decidingFirst<R extends { code: string }>(verdict: string, reasons: readonly R[]): readonly R[] {
  if (verdict !== 'suppress') return reasons;
  const suppressing = suppressingReasons(reasons);
  return [...suppressing, ...reasons.filter((one) => !suppressing.includes(one))];
}
