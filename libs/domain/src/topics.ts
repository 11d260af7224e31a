// All topics of the platform. The broker's topics, docs/topics.md and docs/asyncapi.json derive from this list. A new
// topic is one constant here, listed in `topics`, and a sample of its payload in topics.spec.ts.
import { notificationIdOf } from './ids.ts';
import { auditEntry } from './audit.ts';
import { channelState } from './channel.ts';
import { defineTopic } from './topic.ts';
import { installationState, installationStateAsRead } from './installation.ts';
import { memberState } from './member.ts';
import { notificationOutcomeAsRead, notificationOutcomeData } from './outcome.ts';
import { savedDestination } from './saved-destination.ts';
import { recipientState, recipientStateAsRead } from './recipient.ts';
import { notificationRequest, notificationRetraction } from './request.ts';
import { resolvedNotification } from './resolved.ts';
import { resolvedNotificationAsRead } from './resolved-as-read.ts';
import { slackEventData, slackInteractionAsRead, slackInteractionData } from './slack-inbound.ts';

/**
 * Of the topics that every notification passes. Readers of one topic share its partitions, so this bounds how many of
 * them work; a small broker takes fewer (KAFKA_MAX_PARTITIONS).
 */
const ofNotifications = 96;

export const notificationRequested = defineTopic({
  name: 'carillon.notification.requested.v1',
  summary: 'A product requests a notification.',
  direction: 'from_product',
  key: {
    describe: '`orderingKey`, else `collapseKey`, else `threadKey`, else `ce_id`',
    of: (request, eventId) => request.orderingKey ?? request.collapseKey ?? request.threadKey ?? eventId,
  },
  schema: notificationRequest,
  partitions: ofNotifications,
  retention: '7d',
  deadLetter: true,
});

export const notificationRetracted = defineTopic({
  name: 'carillon.notification.retracted.v1',
  summary: 'A product retracts a notification, before or after its request arrived.',
  direction: 'from_product',
  key: { describe: '`notificationId`', of: ({ tenantId, source, id }) => notificationIdOf(tenantId, source, id) },
  schema: notificationRetraction,
  partitions: ofNotifications,
  retention: '7d',
  deadLetter: true,
  perCell: true,
});

export const notificationResolved = defineTopic({
  name: 'carillon.notification.resolved.v1',
  summary:
    'The decision for each recipient of a notification: destinations, time and reasons. The recipient chooses the partition.',
  direction: 'internal',
  key: { describe: 'none', of: () => null },
  schema: resolvedNotification,
  readAs: resolvedNotificationAsRead,
  partitions: ofNotifications,
  retention: '7d',
  deadLetter: true,
  perCell: true,
});

export const notificationOutcome = defineTopic({
  name: 'carillon.notification.outcome.v1',
  summary: 'How a delivery ended: one record for each final state that it reached.',
  direction: 'to_product',
  key: { describe: '`notification.notificationId`', of: (outcome) => outcome.notification.notificationId },
  schema: notificationOutcomeData,
  readAs: notificationOutcomeAsRead,
  partitions: ofNotifications,
  retention: '7d',
  deadLetter: true,
});

export const installationChanged = defineTopic({
  name: 'carillon.installation.changed.v1',
  summary: 'The newest state of a Slack installation, without its token.',
  direction: 'internal',
  key: { describe: '`installationId`', of: (installation) => installation.installationId },
  schema: installationState,
  readAs: installationStateAsRead,
  partitions: 6,
  retention: 'compacted',
  deadLetter: true,
});

export const memberChanged = defineTopic({
  name: 'carillon.member.changed.v1',
  summary: 'The newest state of a member.',
  direction: 'from_product',
  key: { describe: '`tenantId:memberId`', of: (member) => `${member.tenantId}:${member.memberId}` },
  schema: memberState,
  partitions: 12,
  retention: 'compacted',
  deadLetter: true,
});

export const recipientChanged = defineTopic({
  name: 'carillon.recipient.changed.v1',
  summary: 'A member with its links to Slack users.',
  direction: 'internal',
  key: { describe: '`tenantId:memberId`', of: (recipient) => `${recipient.tenantId}:${recipient.memberId}` },
  schema: recipientState,
  readAs: recipientStateAsRead,
  partitions: 12,
  retention: 'compacted',
  deadLetter: true,
});

export const destinationChanged = defineTopic({
  name: 'carillon.destination.changed.v1',
  summary: 'The newest state of a saved destination.',
  direction: 'internal',
  key: {
    describe: '`tenantId:destinationId`',
    of: (destination) => `${destination.tenantId}:${destination.destinationId}`,
  },
  schema: savedDestination,
  partitions: 6,
  retention: 'compacted',
  deadLetter: true,
});

export const channelChanged = defineTopic({
  name: 'carillon.channel.changed.v1',
  summary: 'The newest state of a channel of Slack.',
  direction: 'internal',
  key: {
    describe: '`installationId:channelId`',
    of: (channel) => `${channel.installationId}:${channel.channelId}`,
  },
  schema: channelState,
  partitions: 12,
  retention: 'compacted',
  deadLetter: true,
});

export const slackEvent = defineTopic({
  name: 'carillon.slack.event.v1',
  summary: 'An event that Slack sent about a workspace, verified and deduplicated.',
  direction: 'internal',
  key: {
    describe: '`teamId`, else `enterpriseId`, else none',
    of: (event) => event.teamId ?? event.enterpriseId ?? null,
  },
  schema: slackEventData,
  partitions: 6,
  retention: '3d',
  deadLetter: true,
});

export const slackInteraction = defineTopic({
  name: 'carillon.slack.interaction.v1',
  summary: 'A click, a form or a command of a person in Slack, verified.',
  direction: 'internal',
  key: {
    describe: '`teamId`, else `enterpriseId`, else none',
    of: (interaction) => interaction.teamId ?? interaction.enterpriseId ?? null,
  },
  schema: slackInteractionData,
  readAs: slackInteractionAsRead,
  partitions: 6,
  retention: '3d',
  deadLetter: true,
});

export const auditRecorded = defineTopic({
  name: 'carillon.audit.v1',
  summary: 'Who changed what, and who was refused what, from every service.',
  direction: 'internal',
  key: { describe: '`tenantId`, else "platform"', of: (entry) => entry.tenantId ?? 'platform' },
  schema: auditEntry,
  partitions: 6,
  retention: '365d',
  deadLetter: false,
});

/** Every topic, in the order of a notification's way. */
export const topics = [
  notificationRequested,
  notificationRetracted,
  notificationResolved,
  notificationOutcome,
  installationChanged,
  memberChanged,
  recipientChanged,
  destinationChanged,
  channelChanged,
  slackEvent,
  slackInteraction,
  auditRecorded,
] as const;
