// From resolved notifications to ledger rows, purely: one notification row, one decision per recipient, one delivery
// per destination. Column arrays, because one statement takes the whole batch. The first of two equal decisions wins
// here as it does in the database.
import {
  normaliseEmail,
  notificationOutcome,
  priorities,
  type DataOf,
  type Decision,
  type Destination,
  type notificationResolved,
  type Reason,
  type ResolvedNotification,
  type SlackDestination,
} from '@carillon/domain';
import { deliveryIdOf, uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord } from '@carillon/messaging';
import { emailLane } from '../model/lane-id.ts';
import { Identities, identitiesOf, samePerson } from './identities.ts';
import { storedDecision } from '../model/stored-decision.ts';

/** What a consumer hands over of one record. */
export interface ResolvedRecord {
  data: DataOf<typeof notificationResolved>;
  traceparent?: string;
}

export interface NotificationColumns {
  id: string[];
  tenant: string[];
  source: string[];
  externalId: string[];
  type: string[];
  typeTitle: (string | null)[];
  category: string[];
  content: string[];
  priority: number[];
  expiresAt: (string | null)[];
  collapseKey: (string | null)[];
  threadKey: (string | null)[];
  sequence: (number | null)[];
  ambiguity: string[];
  mutable: boolean[];
  retentionDays: number[];
  reasons: (string | null)[];
  traceparent: (string | null)[];
  requestHash: (string | null)[];
}

export interface DecisionColumns {
  notificationId: string[];
  recipient: string[];
  answer: string[];
}

export interface DeliveryColumns {
  id: string[];
  tenant: string[];
  notificationId: string[];
  recipient: string[];
  destination: string[];
  lane: string[];
  channel: string[];
  installationId: (string | null)[];
  priority: number[];
  /** Null = at once. */
  notBefore: (string | null)[];
  expiresAt: (string | null)[];
  /** What few deliveries have, as `DeliveryExtras` in JSON. */
  extras: (string | null)[];
}

/** Names as the ingest statement reads them. */
export interface DeliveryExtras {
  collapseSlot?: string;
  threadSlot?: string;
  fallback?: Destination;
  digestKey?: string;
  digestDue?: string;
  digestNext?: string;
}

/**
 * Suppressed decisions have no delivery, but products hear of them all the same; and of notifications without
 * decisions.
 */
export interface SuppressedOutcome {
  notificationId: string;
  /** Null: the notification as a whole. */
  recipient: string | null;
  record: RawRecord;
}

export interface IngestPlan {
  notifications: NotificationColumns;
  decisions: DecisionColumns;
  deliveries: DeliveryColumns;
  suppressed: SuppressedOutcome[];
  /** Matters of which a newer version may have come, and threads. */
  collapseSlots: Set<string>;
  threadSlots: Set<string>;
}

/** `told`: who is told already, where somebody may be. */
export function planIngest(records: readonly ResolvedRecord[], now: Date, told?: Identities): IngestPlan {
  const plan: IngestPlan = {
    notifications: {
      id: [],
      tenant: [],
      source: [],
      externalId: [],
      type: [],
      typeTitle: [],
      category: [],
      content: [],
      priority: [],
      expiresAt: [],
      collapseKey: [],
      threadKey: [],
      sequence: [],
      ambiguity: [],
      mutable: [],
      retentionDays: [],
      reasons: [],
      traceparent: [],
      requestHash: [],
    },
    decisions: { notificationId: [], recipient: [], answer: [] },
    deliveries: {
      id: [],
      tenant: [],
      notificationId: [],
      recipient: [],
      destination: [],
      lane: [],
      channel: [],
      installationId: [],
      priority: [],
      notBefore: [],
      expiresAt: [],
      extras: [],
    },
    suppressed: [],
    collapseSlots: new Set(),
    threadSlots: new Set(),
  };
  const notifications = new Set<string>();
  const decided = new Set<string>();
  const several = told ? undefined : decidedMoreThanOnce(records);
  const identities = told ?? new Identities();
  for (const record of records) {
    const { notificationId } = record.data.notification;
    if (!notifications.has(notificationId)) {
      notifications.add(notificationId);
      addNotification(plan.notifications, record);
      if (record.data.reasons) {
        plan.suppressed.push({
          notificationId,
          recipient: null,
          record: suppressedOutcome(record.data, record.data.reasons, now),
        });
      }
    }
    for (const decision of record.data.decisions) {
      const key = `${notificationId} ${decision.recipient}`;
      if (decided.has(key)) continue;
      decided.add(key);
      const alone = several !== undefined && !several.has(notificationId);
      const other = alone ? undefined : identities.pass(notificationId, identitiesOf(decision), decision.recipient);
      addDecision(plan, record.data, other === undefined ? decision : samePerson(decision, other), now);
    }
  }
  return plan;
}

/** Most notifications have one recipient, who can be nobody else. */
function decidedMoreThanOnce(records: readonly ResolvedRecord[]): Set<string> {
  const [once, more] = [new Set<string>(), new Set<string>()];
  for (const {
    data: {
      notification: { notificationId },
      decisions,
    },
  } of records) {
    if (once.has(notificationId) || decisions.length > 1) more.add(notificationId);
    once.add(notificationId);
  }
  return more;
}

function addNotification(rows: NotificationColumns, { data, traceparent }: ResolvedRecord): void {
  const { notification, policies } = data;
  rows.id.push(notification.notificationId);
  rows.tenant.push(data.tenantId);
  rows.source.push(notification.source);
  rows.externalId.push(notification.id);
  rows.type.push(notification.type);
  rows.typeTitle.push(notification.typeTitle ?? null);
  rows.category.push(notification.category);
  rows.content.push(JSON.stringify(notification.content));
  rows.priority.push(priorities.indexOf(notification.priority));
  rows.expiresAt.push(notification.expiresAt ?? null);
  rows.collapseKey.push(notification.collapseKey ?? null);
  rows.threadKey.push(notification.threadKey ?? null);
  rows.sequence.push(notification.sequence ?? null);
  rows.ambiguity.push(policies.ambiguity);
  rows.mutable.push(policies.mutable);
  rows.retentionDays.push(policies.retentionDays);
  rows.reasons.push(data.reasons ? JSON.stringify(data.reasons) : null);
  rows.traceparent.push(traceparent ?? null);
  rows.requestHash.push(notification.requestHash ?? null);
}

function addDecision(plan: IngestPlan, data: ResolvedNotification, decision: Decision, now: Date): void {
  const { notificationId } = data.notification;
  plan.decisions.notificationId.push(notificationId);
  plan.decisions.recipient.push(decision.recipient);
  plan.decisions.answer.push(JSON.stringify(storedDecision(decision)));
  if (decision.verdict === 'suppress') {
    plan.suppressed.push({
      notificationId,
      recipient: decision.recipient,
      record: suppressedOutcome(data, decision.reasons, now, decision.recipient),
    });
    return;
  }
  for (const destination of decision.destinations) addDelivery(plan, data, decision, destination);
}

function addDelivery(plan: IngestPlan, data: ResolvedNotification, decision: Decision, destination: Destination): void {
  const { deliveries: rows } = plan;
  const { notification } = data;
  const mode = decision.mode;
  const { lane, channel } = queueOf(data.tenantId, destination);
  const extras = extrasOf(data, decision, destination, lane);
  if (extras?.collapseSlot !== undefined) plan.collapseSlots.add(extras.collapseSlot);
  if (extras?.threadSlot !== undefined) plan.threadSlots.add(extras.threadSlot);
  rows.id.push(deliveryIdOf(notification.notificationId, decision.recipient, destination.kind));
  rows.tenant.push(data.tenantId);
  rows.notificationId.push(notification.notificationId);
  rows.recipient.push(decision.recipient);
  rows.destination.push(JSON.stringify(destination));
  rows.lane.push(lane);
  rows.channel.push(channel);
  rows.installationId.push(destination.kind === 'slack' ? destination.installationId : null);
  rows.priority.push(priorities.indexOf(notification.priority));
  rows.notBefore.push(mode.kind === 'now' ? null : mode.kind === 'later' ? mode.notBefore : mode.dueAt);
  rows.expiresAt.push(notification.expiresAt ?? null);
  rows.extras.push(extras ? JSON.stringify(extras) : null);
}

/** Null for the many that have none. */
function extrasOf(
  data: ResolvedNotification,
  { recipient, fallback, mode }: Decision,
  { kind }: Destination,
  lane: string,
): DeliveryExtras | null {
  const { collapseKey, threadKey } = data.notification;
  if (collapseKey === undefined && threadKey === undefined && fallback === undefined && mode.kind !== 'digest')
    return null;
  return {
    ...(collapseKey !== undefined && { collapseSlot: uuidv5(data.tenantId, recipient, lane, 'collapse', collapseKey) }),
    ...(threadKey !== undefined && { threadSlot: uuidv5(data.tenantId, recipient, lane, 'thread', threadKey) }),
    ...(fallback !== undefined && kind === 'slack' && { fallback }),
    ...(mode.kind === 'digest' && {
      digestKey: `${data.tenantId}:${kind}:${mode.key}`,
      digestDue: mode.dueAt,
      ...(mode.nextDueAt !== undefined && { digestNext: mode.nextDueAt }),
    }),
  };
}

/** The queue that a destination's deliveries stand in. */
export function queueOf(tenantId: string, destination: Destination): { lane: string; channel: string } {
  switch (destination.kind) {
    case 'slack':
      return { lane: destination.teamId, channel: pacingKeyOf(destination) };
    case 'email':
      return { lane: emailLane(tenantId), channel: normaliseEmail(destination.address) };
  }
}

/** What Slack counts its one message a second against; for a DM the person, for life. */
const pacingKeyOf = ({ channel, users = [] }: SlackDestination): string =>
  channel ?? `group:${[...users].sort().join(',')}`;

function suppressedOutcome(
  data: ResolvedNotification,
  reasons: readonly Reason[],
  now: Date,
  recipient?: string,
): RawRecord {
  const { notificationId, source, id } = data.notification;
  const reason = reasons.at(-1);
  return encode(notificationOutcome, {
    id: uuidv5(notificationId, recipient ?? '', 'suppressed'),
    source: '/carillon/delivery',
    data: {
      tenantId: data.tenantId,
      notification: { source, id, notificationId },
      ...(recipient !== undefined && { recipient }),
      outcome: 'suppressed',
      ...(reason && { reason: reason.code }),
      attempts: 0,
      possibleDuplicate: false,
      possiblyDelivered: false,
      at: now.toISOString(),
    },
  });
}
