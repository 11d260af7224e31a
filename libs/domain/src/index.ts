// What services, products and pages of Carillon share: enumerations, schemas of payloads, topics, reasons. Pure:
// nothing here does I/O, and no other library of Carillon is imported.
export {
  auditAction,
  auditActor,
  auditActorKinds,
  auditEntry,
  auditOutcomes,
  type AuditActor,
  type AuditEntry,
} from './audit.ts';
export {
  catalogueFile,
  category,
  type CatalogueFile,
  type Category,
  cell,
  issuerBinding,
  notificationType,
  tenant,
  tenantsFile,
  type Cell,
  type IssuerBinding,
  type NotificationType,
  type Tenant,
} from './catalogue.ts';
export { template, type Template, type Words } from './template.ts';
export { throttle, type Throttle } from './throttle.ts';
export {
  capabilities,
  capabilitiesOf,
  capabilityNames,
  hasCapability,
  scopesMissingFor,
  type CapabilityName,
} from './capabilities.ts';
export { cellId, cellSuffix, defaultCell, inCell } from './cells.ts';
export { emailAddress, normaliseEmail } from './email-address.ts';
export { fieldErrorLine, fieldErrors, type FieldError } from './field-errors.ts';
export { installationState, type InstallationState } from './installation.ts';
export { plainLine, plainText } from './plain-text.ts';
export { parseLeniently } from './read-leniently.ts';
export { memberState, type MemberState } from './member.ts';
export { notificationOutcomeData, type NotificationOutcome } from './outcome.ts';
export { deadLetterReasons, type DeadLetterReason } from './dead-letter-reasons.ts';
export {
  decidingFirst,
  reason,
  reasonAdvice,
  reasonCodes,
  reasonSentenceOf,
  reasonSentences,
  suppressingReasons,
  type Reason,
  type ReasonCode,
} from './reasons.ts';
export { channelKeyOf, channelReference, channelState, type ChannelState } from './channel.ts';
export { closeNames } from './close-names.ts';
export { savedAudience, savedDestination, type SavedAudience, type SavedDestination } from './saved-destination.ts';
export { link, recipientState, type Link, type RecipientState } from './recipient.ts';
export {
  audienceMember,
  content,
  mention,
  notificationRequest,
  notificationRetraction,
  wideKindOf,
  type AudienceMember,
  type Content,
  type Mention,
  type NamedAudience,
  type NotificationRequest,
  type NotificationRetraction,
  type WideAudience,
} from './request.ts';
export {
  contentVariant,
  decision,
  deliveryMode,
  destination,
  destinationKindOf,
  emailDestination,
  recipientsPerRecord,
  resolvedMention,
  resolvedNotification,
  slackDestination,
  type ContentVariant,
  type Decision,
  type DeliveryMode,
  type Destination,
  type EmailDestination,
  type ResolvedMention,
  type ResolvedNotification,
  type RollUp,
  type SlackDestination,
} from './resolved.ts';
export {
  resolvedNotificationAsRead,
  type DecisionAsRead,
  type ReasonAsRead,
  type ResolvedNotificationAsRead,
  type Unreadable,
} from './resolved-as-read.ts';
export {
  installationLost,
  isPlatformRequest,
  isPlatformType,
  platformSource,
  platformTypes,
} from './platform-notifications.ts';
export type { Retry } from './retry.ts';
export {
  isOptionalScope,
  scopeProfileNames,
  scopeProfiles,
  scopes,
  type ScopeName,
  type ScopeProfileName,
} from './scope-profiles.ts';
export { slackEventData, slackInteractionData, type SlackEvent, type SlackInteraction } from './slack-inbound.ts';
export { slackSubscriptions, subscriptionsFor, type SlackSubscription } from './slack-subscriptions.ts';
export { nextVersion, versionLeadMs, versionProblem } from './state-version.ts';
export { isStorable, isStorableJson, storable, storableText, unstorableJson, unstorableText } from './storable.ts';
export { timeZone } from './time-zone.ts';
export {
  deadLetterNameOf,
  deadLetterRetention,
  defineTopic,
  isDeadLetterName,
  sourceNameOf,
  tombstoneRetention,
  type DataOf,
  type Direction,
  type PayloadOf,
  type Retention,
  type Topic,
  type TopicKey,
} from './topic.ts';
export * from './topics.ts';
export {
  ambiguityPolicies,
  ambiguityPolicy,
  cadence,
  type Cadence,
  cadences,
  channelKind,
  channelKinds,
  destinationKind,
  destinationKinds,
  installationStates,
  linkStatus,
  wideAudiences,
  linkStatuses,
  outcome,
  outcomes,
  priorities,
  priority,
  roles,
  slackSurfaces,
  tenantRoles,
  type AmbiguityPolicy,
  type ChannelKind,
  type DestinationKind,
  type InstallationStateName,
  type LinkStatus,
  type Outcome,
  type Priority,
  type Role,
} from './enumerations.ts';
export { channelId, eventId, eventSource, externalId, isChannelId, tenantId } from './external-ids.ts';
export { timestamp } from './timestamp.ts';
