// Reads what happened to a notification: the request, the decision for each recipient with its reasons, every attempt
// and outcome, and what a delivery waits for. Guarantees: suppressed decisions are shown like the others; the cost
// depends on the notification alone, not on the size of the tables.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  priorities,
  reasonSentenceOf,
  reasonSentences,
  type Content,
  type ContentVariant,
  type DeliveryMode,
  type Destination,
  type ReasonAsRead,
} from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import { CONFIG, DATABASE } from '@carillon/runtime';
import { traceIdOf } from '@carillon/telemetry';
import { reuseOf } from '../ledger/id-reuse.ts';
import { contentInVariant } from '../model/content-in-variant.ts';
import { isTerminal } from '../model/delivery-state.ts';
import { deliveryIdsOf, type StoredDecision } from '../model/stored-decision.ts';
import type {
  NotificationTimeline,
  TimelineAttempt,
  TimelineDecision,
  TimelineDelivery,
  TimelineReason,
  TimelineRefusal,
  TimelineVariant,
} from './notification-timeline.ts';
import { summariseDecision } from './summarise-decision.ts';
import { waitingForOf, type Waiting } from './waiting-for.ts';
import type { Config } from '../config.ts';

interface NotificationRow {
  notification_id: string;
  tenant_id: string;
  source: string;
  external_id: string;
  type: string;
  content: Content;
  variants: Record<string, ContentVariant> | null;
  reasons: ReasonAsRead[] | null;
  priority: number;
  traceparent: string | null;
  received_at: Date;
  expires_at: Date;
}

interface DeliveryRow extends Waiting {
  delivery_id: string;
  destination: Destination;
  ambiguous: number;
  slack: TimelineDelivery['slack'] | null;
  replay: number;
  digest_id: string | null;
  settled_at: Date | null;
  attempts: TimelineAttempt[] | null;
}

const selectNotification = defineStatement({
  parameters: { notificationId: 'uuid' },
  text: (p) => `
SELECT notification_id, tenant_id, source, external_id, type, content, variants, priority, traceparent, reasons, received_at,
       expires_at
  FROM notification WHERE notification_id = ${p.notificationId}`,
});

const selectDecisions = defineStatement({
  parameters: { notificationId: 'uuid' },
  text: (p) => `
SELECT recipient, answer, decided_at FROM decision
 WHERE notification_id = ${p.notificationId} AND answer IS NOT NULL ORDER BY recipient`,
});

const selectDeliveries = defineStatement({
  parameters: { deliveryIds: 'uuid[]' },
  text: (p) => `
SELECT d.delivery_id, d.destination, d.state, d.op, d.reason, d.ready_at, d.ambiguous, d.slack, d.replay, d.digest_id,
       d.lane, d.settled_at, i.state AS installation, l.blocked, l.paused_by, l.pause_reason,
       l.paused_at IS NOT NULL AS paused, l.pod_id IS NOT NULL AS owned,
       (SELECT json_agg(json_strip_nulls(json_build_object('n', a.n, 'at', a.at, 'result', a.result, 'latencyMs', a.latency_ms,
                              'status', a.status, 'error', a.error, 'advice', a.advice, 'requestId', a.request_id)) ORDER BY a.n)
          FROM attempt a WHERE a.delivery_id = d.delivery_id) AS attempts
  FROM delivery d LEFT JOIN installation i USING (installation_id) LEFT JOIN lane l ON l.lane_id = d.lane
 WHERE d.delivery_id = ANY(${p.deliveryIds})`,
});

@Injectable()
export class Timeline {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Pick<Config, 'TRACE_URL_TEMPLATE'>,
  ) {}

  async of(notificationId: string): Promise<NotificationTimeline | undefined> {
    const { rows } = await this.pool.query<NotificationRow>(selectNotification({ notificationId }));
    const row = rows[0];
    if (!row) return undefined;
    const decisions = await this.decisions(notificationId);
    const { content, variants } = row;
    const { TRACE_URL_TEMPLATE: traceUrl } = this.config;
    const traceId = row.traceparent === null ? undefined : traceIdOf(row.traceparent);
    return {
      notificationId: row.notification_id,
      tenantId: row.tenant_id,
      source: row.source,
      id: row.external_id,
      type: row.type,
      title: content.title,
      ...variantsOf(titlesOf(content, variants), decisions),
      priority: priorities[row.priority]!,
      ...(traceId !== undefined && { traceId }),
      ...(traceId !== undefined && traceUrl !== undefined && { traceUrl: traceUrl.replaceAll('{traceId}', traceId) }),
      receivedAt: row.received_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      reasons: inWords(row.reasons ?? []),
      decisions,
      refused: await this.refused(notificationId),
    };
  }

  private async refused(notificationId: string): Promise<TimelineRefusal[]> {
    const reuse = await reuseOf(this.pool, notificationId);
    if (!reuse) return [];
    const { times, firstAt, lastAt } = reuse;
    return [
      {
        code: 'id_reused',
        sentence: reasonSentences.id_reused,
        times,
        firstAt: firstAt.toISOString(),
        lastAt: lastAt.toISOString(),
      },
    ];
  }

  private async decisions(notificationId: string): Promise<TimelineDecision[]> {
    const { rows } = await this.pool.query<{ recipient: string; answer: StoredDecision; decided_at: Date }>(
      selectDecisions({ notificationId }),
    );
    const decided = rows.map((row) => ({ ...row, ids: deliveryIdsOf(notificationId, row.recipient, row.answer) }));
    const modes = new Map(decided.flatMap(({ ids, answer }) => ids.map((id) => [id, answer.mode] as const)));
    const deliveries = await this.deliveries(modes);
    return decided.map(({ recipient, answer: { verdict, mode, variant, ...answer }, decided_at, ids }) => {
      const reasons = inWords(answer.reasons);
      const own = ids.flatMap((id) => deliveries.get(id) ?? []);
      const summary = summariseDecision(verdict, reasons, own);
      const decidedAt = decided_at.toISOString();
      const said = variant !== undefined && { variant };
      return { recipient, verdict, summary, mode, ...said, decidedAt, reasons, deliveries: own };
    });
  }

  private async deliveries(modes: ReadonlyMap<string, DeliveryMode>): Promise<Map<string, TimelineDelivery>> {
    const { rows } = await this.pool.query<DeliveryRow>(selectDeliveries({ deliveryIds: [...modes.keys()] }));
    return new Map(rows.map((row) => [row.delivery_id, shown(row, modes.get(row.delivery_id))]));
  }
}

/** Those of the variants that the decisions name. */
export function variantsOf(
  variants: Readonly<Record<string, TimelineVariant>>,
  decisions: readonly TimelineDecision[],
): Pick<NotificationTimeline, 'variants'> {
  const named = new Set(decisions.map(({ variant }) => variant));
  const own = Object.entries(variants).filter(([name]) => named.has(name));
  return own.length > 0 ? { variants: Object.fromEntries(own) } : {};
}

const titlesOf = (content: Content, variants: Readonly<Record<string, ContentVariant>> | null) =>
  Object.fromEntries(
    Object.entries(variants ?? {}).map(([name, variant]) => [
      name,
      { title: contentInVariant(content, variant).title },
    ]),
  );

function shown(row: DeliveryRow, mode: DeliveryMode | undefined): TimelineDelivery {
  const over = isTerminal(row.state);
  const delivered = row.state === 'delivered';
  return {
    deliveryId: row.delivery_id,
    destination: row.destination,
    state: row.state,
    ...(over && row.settled_at && { endedAt: row.settled_at.toISOString() }),
    ...(over ? { outcome: row.state } : { waitingFor: waitingForOf(row, mode, new Date()) }),
    ...(row.reason !== null && { reason: row.reason }),
    possibleDuplicate: delivered && row.ambiguous > 0,
    possiblyDelivered: over && !delivered && row.ambiguous > 0,
    ...(row.slack && { slack: row.slack }),
    ...(row.replay > 0 && { replay: row.replay }),
    ...(row.digest_id !== null && { digestId: row.digest_id }),
    attempts: row.attempts ?? [],
  };
}

const inWords = (reasons: readonly ReasonAsRead[]): TimelineReason[] =>
  reasons.map(({ code, detail }) => ({
    code,
    sentence: reasonSentenceOf(code),
    ...(detail !== undefined && { detail }),
  }));
