// What delivery answers about a notification: the shapes of the routes `GET /v1/notifications`.
import type { Decision, Destination } from '@carillon/domain';
import type { DeliveryState } from '../model/delivery-state.ts';

export interface TimelineAttempt {
  n: number;
  at: string;
  result: string;
  latencyMs?: number;
  status?: number;
  error?: string;
  advice?: string;
  requestId?: string;
}

export interface TimelineDelivery {
  deliveryId: string;
  destination: Destination;
  state: DeliveryState;
  outcome?: DeliveryState;
  /** When it got its outcome. */
  endedAt?: string;
  reason?: string;
  /** What it waits for, in words; absent once it has an outcome. */
  waitingFor?: string;
  possibleDuplicate: boolean;
  possiblyDelivered: boolean;
  slack?: { teamId: string; channel: string; ts: string };
  /** How often it was replayed. */
  replay?: number;
  /** The digest that it is part of. */
  digestId?: string;
  attempts: TimelineAttempt[];
}

export interface TimelineReason {
  code: string;
  sentence: string;
  detail?: string;
}

/** As of the content itself, its title. */
export interface TimelineVariant {
  title: string;
}

export interface TimelineDecision {
  recipient: string;
  verdict: Decision['verdict'];
  /** The result in one line: `suppressed: no such member is known`. */
  summary: string;
  mode: Decision['mode'];
  /** In which of the notification's variants the recipient is told; absent: the content as it is. */
  variant?: string;
  decidedAt: string;
  reasons: TimelineReason[];
  deliveries: TimelineDelivery[];
}

export interface NotificationTimeline {
  notificationId: string;
  tenantId: string;
  source: string;
  id: string;
  type: string;
  title: string;
  /** What is said differently in the variants that the decisions name, by name. */
  variants?: Record<string, TimelineVariant>;
  priority: string;
  traceId?: string;
  /** Where its trace is shown, if the platform says where traces are. */
  traceUrl?: string;
  receivedAt: string;
  expiresAt: string;
  /** Why there is no decision, where there is none. */
  reasons: TimelineReason[];
  decisions: TimelineDecision[];
  /** Other content that came under the same id and was refused. */
  refused: TimelineRefusal[];
}

/** Counted, not listed: a producer may repeat it without end. */
export interface TimelineRefusal {
  code: 'id_reused';
  sentence: string;
  times: number;
  firstAt: string;
  lastAt: string;
}
