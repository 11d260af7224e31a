// The ledger rows of a batch of resolved notifications, as columns: planned in ingest/plan-ingest.ts, stored by
// ledger/store-plan.ts with one statement.
import type { DataOf, Destination, notificationResolved } from '@carillon/domain';
import type { RawRecord } from '@carillon/messaging';

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
  variants: (string | null)[];
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
  requestedAt: (string | null)[];
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
  variant: (string | null)[];
  /** What few deliveries have, as `DeliveryExtras` in JSON. */
  extras: (string | null)[];
}

/** Names as the ingest statement reads them. */
export interface DeliveryExtras {
  collapseSlot?: string;
  threadSlot?: string;
  rolledUp?: number;
  rollUpPosition?: number;
  fallback?: Destination;
  digestKey?: string;
  digestDue?: string;
  digestNext?: string;
}

/**
 * Suppressed decisions have no delivery, but products are told of them all the same, and of notifications without
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
  /** Collapse groups and threads of the deliveries. */
  collapseSlots: Set<string>;
  threadSlots: Set<string>;
}
