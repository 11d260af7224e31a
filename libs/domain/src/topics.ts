// All topics of the platform on one page. The broker's topics, the AsyncAPI document and docs/topics.md derive from it.
import { notificationIdOf } from './ids.ts';
import { auditEntry } from './audit.ts';
import { defineTopic } from './topic.ts';
import { installationState } from './installation.ts';
import { memberState } from './member.ts';
import { notificationOutcomeData } from './outcome.ts';
import { recipientState } from './recipient.ts';
import { notificationRequest, notificationRetraction } from './request.ts';
import { resolvedNotification } from './resolved.ts';
import { slackEventData, slackInteractionData } from './slack-inbound.ts';

export const notificationRequested = defineTopic({
  name: 'carillon.notification.requested.v1',
  summary: 'A product asks Carillon to tell somebody something.',
  key: (request, eventId) => request.orderingKey ?? request.collapseKey ?? request.threadKey ?? eventId,
  schema: notificationRequest,
  partitions: 12,
  retention: '7d',
  deadLetter: true,
});

export const notificationRequestedBulk = defineTopic({
  name: 'carillon.notification.requested.bulk.v1',
  eventType: notificationRequested.name,
  summary:
    "Requests beyond a tenant's quota, moved here by preferences and decided at a bounded pace. Not for producers.",
  key: (request, eventId) => request.orderingKey ?? request.collapseKey ?? request.threadKey ?? eventId,
  schema: notificationRequest,
  partitions: 12,
  retention: '7d',
  deadLetter: true,
});

export const notificationRetracted = defineTopic({
  name: 'carillon.notification.retracted.v1',
  summary: 'A product takes a notification back, before or after its request arrived.',
  key: ({ tenantId, source, id }) => notificationIdOf(tenantId, source, id),
  schema: notificationRetraction,
  partitions: 12,
  retention: '7d',
  deadLetter: true,
});

export const notificationResolved = defineTopic({
  name: 'carillon.notification.resolved.v1',
  summary: 'Who hears a notification, where and when, with the reasons; the partition is chosen by the recipient.',
  key: () => null,
  schema: resolvedNotification,
  partitions: 12,
  retention: '7d',
  deadLetter: true,
});

export const notificationOutcome = defineTopic({
  name: 'carillon.notification.outcome.v1',
  summary: 'How a delivery ended, once per state reached.',
  key: (outcome) => outcome.notification.notificationId,
  schema: notificationOutcomeData,
  partitions: 12,
  retention: '7d',
  deadLetter: true,
});

export const installationChanged = defineTopic({
  name: 'carillon.installation.changed.v1',
  summary: 'The newest state of a Slack installation, without its token.',
  key: (installation) => installation.installationId,
  schema: installationState,
  partitions: 6,
  retention: 'compacted',
  deadLetter: true,
});

export const memberChanged = defineTopic({
  name: 'carillon.member.changed.v1',
  summary: 'The newest state of a member, written by the product.',
  key: (member) => `${member.tenantId}:${member.memberId}`,
  schema: memberState,
  partitions: 12,
  retention: 'compacted',
  deadLetter: true,
});

export const recipientChanged = defineTopic({
  name: 'carillon.recipient.changed.v1',
  summary: 'A member with all links to Slack users, as directory-sync knows them.',
  key: (recipient) => `${recipient.tenantId}:${recipient.memberId}`,
  schema: recipientState,
  partitions: 12,
  retention: 'compacted',
  deadLetter: true,
});

export const slackEvent = defineTopic({
  name: 'carillon.slack.event.v1',
  summary: 'An event Slack sent about a workspace, verified and deduplicated.',
  key: (event) => event.teamId ?? event.enterpriseId ?? null,
  schema: slackEventData,
  partitions: 6,
  retention: '3d',
  deadLetter: true,
});

export const slackInteraction = defineTopic({
  name: 'carillon.slack.interaction.v1',
  summary: 'A click, form or command of a person in Slack, verified.',
  key: (interaction) => interaction.teamId ?? interaction.enterpriseId ?? null,
  schema: slackInteractionData,
  partitions: 6,
  retention: '3d',
  deadLetter: true,
});

export const auditRecorded = defineTopic({
  name: 'carillon.audit.v1',
  summary: 'Who changed or was refused what, from every service; the key is the tenant, or `platform`.',
  key: (entry) => entry.tenantId ?? 'platform',
  schema: auditEntry,
  partitions: 6,
  retention: '365d',
  deadLetter: false,
});

/** Every topic, in the order of a notification's way. */
export const topics = [
  notificationRequested,
  notificationRequestedBulk,
  notificationRetracted,
  notificationResolved,
  notificationOutcome,
  installationChanged,
  memberChanged,
  recipientChanged,
  slackEvent,
  slackInteraction,
  auditRecorded,
] as const;
