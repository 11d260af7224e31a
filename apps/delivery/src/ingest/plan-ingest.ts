// From resolved notifications to ledger rows, purely: one notification row, one decision per recipient, one delivery
// per destination. Column arrays, because one statement takes the whole batch. The first of two equal decisions wins
// here as it does in the database.
import {
  notificationOutcome,
  priorities,
  storable,
  type ChannelKind,
  type DecisionAsRead,
  type DeliveryMode,
  type Destination,
  type ReasonAsRead,
  type ResolvedNotificationAsRead,
  type Unreadable,
} from '@carillon/domain';
import { deliveryIdOf, uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord } from '@carillon/messaging';
import type { DeliveryExtras, IngestPlan, NotificationColumns, ResolvedRecord } from '../model/ingest-plan.ts';
import type { PlaceOf } from '../model/queue-place.ts';
import { storedDecision } from '../model/stored-decision.ts';
import { Identities, identitiesOf, samePerson } from './identities.ts';

/** `notified`: who is notified already, where somebody may be. */
export function planIngest(
  records: readonly ResolvedRecord[],
  placeOf: PlaceOf,
  now: Date,
  notified?: Identities,
): IngestPlan {
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
      variants: [],
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
      requestedAt: [],
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
      variant: [],
      extras: [],
    },
    suppressed: [],
    collapseSlots: new Set(),
    threadSlots: new Set(),
  };
  const notifications = new Set<string>();
  const decided = new Set<string>();
  const several = notified ? undefined : decidedMoreThanOnce(records);
  const identities = notified ?? new Identities();
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
      addDecision(plan, record.data, other === undefined ? decision : samePerson(decision, other), placeOf, now);
    }
    for (const part of record.data.unreadable ?? []) addUnreadable(plan, decided, record.data, part, now);
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
  rows.variants.push(notification.variants ? JSON.stringify(notification.variants) : null);
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
  rows.requestedAt.push(notification.requestedAt ?? null);
}

function addDecision(
  plan: IngestPlan,
  data: ResolvedNotificationAsRead,
  decision: DecisionAsRead,
  placeOf: PlaceOf,
  now: Date,
): void {
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
  for (const destination of decision.destinations) addDelivery(plan, data, decision, destination, placeOf);
}

/**
 * What this release cannot carry out ends as failed, once, together with the decision of its recipient. Where nothing
 * of the decision can be carried out, the ledger gets one that says so.
 */
function addUnreadable(
  plan: IngestPlan,
  decided: Set<string>,
  data: ResolvedNotificationAsRead,
  { recipient, problem }: Unreadable,
  now: Date,
): void {
  const { notificationId } = data.notification;
  const key = `${notificationId} ${recipient}`;
  if (decided.has(`unreadable ${key}`)) return;
  decided.add(`unreadable ${key}`);
  if (!decided.has(key)) {
    decided.add(key);
    plan.decisions.notificationId.push(notificationId);
    plan.decisions.recipient.push(recipient);
    const reasons = [{ code: 'unreadable_decision', detail: storable(problem) }];
    plan.decisions.answer.push(
      JSON.stringify(
        storedDecision({ recipient, verdict: 'suppress', destinations: [], mode: { kind: 'now' }, reasons }),
      ),
    );
  }
  plan.suppressed.push({ notificationId, recipient, record: failedOutcome(data, recipient, now) });
}

/** What it has sent cannot be changed: of a burst it tells once, at the end. */
const tellsOnce: Readonly<Record<ChannelKind, boolean>> = { slack: false, email: true };

function addDelivery(
  plan: IngestPlan,
  data: ResolvedNotificationAsRead,
  decision: DecisionAsRead,
  destination: Destination,
  placeOf: PlaceOf,
): void {
  const { deliveries: rows } = plan;
  const { notification } = data;
  const { mode, rollUp } = decision;
  const { lane, channel } = placeOf(data.tenantId, destination);
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
  rows.notBefore.push(rollUp && tellsOnce[destination.kind] ? rollUp.endsAt : notBeforeOf(mode));
  rows.expiresAt.push(
    expiryOf(notification.expiresAt, rollUp && tellsOnce[destination.kind] ? rollUp.endsAt : undefined),
  );
  rows.variant.push(decision.variant ?? null);
  rows.extras.push(extras ? JSON.stringify(extras) : null);
}

/** What tells of many waits for the end of the window, whatever of them expires before. */
const tellingTakesMs = 3_600_000;

function expiryOf(expiresAt: string | undefined, endsAt: string | undefined): string | null {
  if (expiresAt === undefined) return null;
  if (endsAt === undefined) return expiresAt;
  return new Date(Math.max(Date.parse(expiresAt), Date.parse(endsAt) + tellingTakesMs)).toISOString();
}

function notBeforeOf(mode: DeliveryMode): string | null {
  switch (mode.kind) {
    case 'now':
      return null;
    case 'later':
      return mode.notBefore;
    case 'digest':
      return mode.dueAt;
  }
}

/** Null for the many that have none. */
function extrasOf(
  data: ResolvedNotificationAsRead,
  { recipient, fallback, mode, rollUp }: DecisionAsRead,
  { kind }: Destination,
  lane: string,
): DeliveryExtras | null {
  if (rollUp) {
    // The message of the burst, in place of a group's or a thread's: whatever it was about, it is counted.
    const slot = uuidv5(data.tenantId, recipient, lane, 'burst', data.notification.type, rollUp.startedAt);
    const { more, position } = rollUp;
    return { collapseSlot: slot, rolledUp: more, ...(position !== undefined && { rollUpPosition: position }) };
  }
  const { collapseKey, threadKey } = data.notification;
  if (collapseKey === undefined && threadKey === undefined && fallback === undefined && mode.kind !== 'digest')
    return null;
  return {
    ...(collapseKey !== undefined && { collapseSlot: uuidv5(data.tenantId, recipient, lane, 'collapse', collapseKey) }),
    ...(threadKey !== undefined && { threadSlot: uuidv5(data.tenantId, recipient, lane, 'thread', threadKey) }),
    ...(fallback !== undefined && kind !== fallback.kind && { fallback }),
    ...(mode.kind === 'digest' && {
      digestKey: `${data.tenantId}:${kind}:${mode.key}`,
      digestDue: mode.dueAt,
      ...(mode.nextDueAt !== undefined && { digestNext: mode.nextDueAt }),
    }),
  };
}

function suppressedOutcome(
  data: ResolvedNotificationAsRead,
  reasons: readonly ReasonAsRead[],
  now: Date,
  recipient?: string,
): RawRecord {
  return outcomeWithoutDelivery(data, 'suppressed', reasons.at(-1)?.code, now, recipient);
}

const failedOutcome = (data: ResolvedNotificationAsRead, recipient: string, now: Date): RawRecord =>
  outcomeWithoutDelivery(data, 'failed', 'unreadable_decision', now, recipient);

function outcomeWithoutDelivery(
  { tenantId, notification: { notificationId, source, id } }: ResolvedNotificationAsRead,
  outcome: 'suppressed' | 'failed',
  reason: string | undefined,
  now: Date,
  recipient: string | undefined,
): RawRecord {
  return encode(notificationOutcome, {
    id: uuidv5(notificationId, recipient ?? '', outcome),
    source: '/carillon/delivery',
    data: {
      tenantId,
      notification: { source, id, notificationId },
      ...(recipient !== undefined && { recipient }),
      outcome,
      ...(reason !== undefined && { reason }),
      attempts: 0,
      possibleDuplicate: false,
      possiblyDelivered: false,
      at: now.toISOString(),
    },
  });
}
