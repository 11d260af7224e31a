// Reads deliveries with their state, newest first, as the API shows them.
import type { Pool } from 'pg';
import type { Destination, Outcome } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import { variantColumn } from '../model/content-in-variant.ts';
import { isTerminal, type DeliveryState } from '../model/delivery-state.ts';

export interface DeliveryView {
  deliveryId: string;
  notificationId: string;
  tenantId: string;
  source: string;
  id: string;
  type: string;
  title: string;
  recipient: string;
  destination: Destination;
  state: DeliveryState;
  outcome?: DeliveryState;
  reason?: string;
  attempts: number;
  /** How often it was replayed. */
  replay: number;
  possibleDuplicate: boolean;
  possiblyDelivered: boolean;
  receivedAt: string;
  settledAt?: string;
}

/** A field that is undefined matches every delivery. */
export interface DeliveryFilter {
  tenantId: string;
  outcomes?: readonly Outcome[] | undefined;
  member?: string | undefined;
  type?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  /** Only deliveries that arrived before the one with this sequence number. */
  before?: string | undefined;
}

interface Row
  extends Omit<
    DeliveryView,
    'outcome' | 'reason' | 'possibleDuplicate' | 'possiblyDelivered' | 'receivedAt' | 'settledAt'
  > {
  reason: string | null;
  ambiguous: number;
  receivedAt: Date;
  settledAt: Date | null;
  seq: string;
  op: string;
}

const columns = `d.delivery_id AS "deliveryId", d.notification_id AS "notificationId", d.tenant_id AS "tenantId", n.source, n.external_id AS id, n.type,
  coalesce((${variantColumn})->>'title', n.content->>'title') AS title, d.recipient, d.destination, d.state, d.reason, d.attempts, d.ambiguous, d.replay,
  n.received_at AS "receivedAt", d.settled_at AS "settledAt", d.seq, d.op`;

/** `op`: what is done to the message. */
export type Found = DeliveryView & { seq: string; op: string };

export async function findDeliveries(pool: Pool, filter: DeliveryFilter, limit: number): Promise<Found[]> {
  const conditions = ["d.op <> 'digest'"];
  const values: unknown[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition.replace('?', `$${values.length}`));
  };
  where('d.tenant_id = ?', filter.tenantId);
  if (filter.outcomes) conditions.push('d.settled');
  where('d.state = ANY(?)', filter.outcomes);
  where('d.recipient = ?', filter.member === undefined ? undefined : `member:${filter.member}`);
  where('n.type = ?', filter.type);
  where('n.received_at >= ?', filter.since);
  where('n.received_at < ?', filter.until);
  where('d.seq < ?', filter.before);
  const { rows } = await pool.query<Row>(
    `SELECT ${columns} FROM delivery d JOIN notification n USING (notification_id)
      WHERE ${conditions.join(' AND ')} ORDER BY d.seq DESC LIMIT ${limit}`,
    values,
  );
  return rows.map(viewOf);
}

const selectDelivery = defineStatement({
  parameters: { deliveryId: 'uuid' },
  text: (p) => `
SELECT ${columns} FROM delivery d JOIN notification n USING (notification_id) WHERE d.delivery_id = ${p.deliveryId}`,
});

export async function findDelivery(pool: Pool, deliveryId: string): Promise<Found | undefined> {
  const { rows } = await pool.query<Row>(selectDelivery({ deliveryId }));
  return rows[0] && viewOf(rows[0]);
}

function viewOf({ reason, ambiguous, receivedAt, settledAt, ...row }: Row): Found {
  const over = isTerminal(row.state);
  const delivered = row.state === 'delivered';
  return {
    ...row,
    ...(over && { outcome: row.state }),
    ...(reason !== null && { reason }),
    possibleDuplicate: delivered && ambiguous > 0,
    possiblyDelivered: over && !delivered && ambiguous > 0,
    receivedAt: receivedAt.toISOString(),
    ...(settledAt && { settledAt: settledAt.toISOString() }),
  };
}
