// Claiming: ready → sending, durable before anything is sent. Guarantees: only the lane's owner under its present
// epoch can claim; a takeover waits for claims under way and sees them; a row that somebody has locked is left out; a
// delivery that was retracted, has expired, or has to wait for an earlier message of the same collapse group is not
// claimed.
import type { Pool } from 'pg';
import type { ContentVariant } from '@carillon/domain';
import { defineStatement, rows } from '@carillon/persistence';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { contentInVariant, variantColumn } from '../model/content-in-variant.ts';
import { rolledUpContent } from '../model/rolled-up-content.ts';

export interface Claim {
  deliveryId: string;
  attemptId: string;
  lane: string;
  epoch: number;
}

const claimedColumns = `
  d.delivery_id AS "deliveryId", d.attempt_id AS "attemptId", d.lane, d.channel, d.op, d.attempts AS attempt, d.ambiguous, d.replay, d.recipient,
  d.destination, d.fallback, n.tenant_id AS "tenantId", n.notification_id AS "notificationId", n.source, n.external_id AS "externalId",
  n.type, n.type_title AS "typeTitle", n.category, n.mutable, n.content, ${variantColumn} AS variant, d.rolled_up AS "rolledUp", n.ambiguity, n.traceparent, d.collapse_slot AS "collapseSlot", d.thread_slot AS "threadSlot",
  cs.message_ref AS "shownMessage", ts.message_ref AS "threadParent",
  CASE WHEN d.collapse_slot IS NULL OR cs.delivery_id = d.delivery_id THEN d.slack END AS "ownMessage",
  (extract(epoch FROM clock_timestamp() - d.claimed_at) * 1000)::float8 AS "claimedForMs",
  coalesce(extract(epoch FROM clock_timestamp() - d.held_since) * 1000, 0)::float8 AS "heldForMs",
  (extract(epoch FROM clock_timestamp() - n.requested_at) * 1000)::float8 AS "requestedForMs",
  d.ready_at <= n.received_at AS immediate,
  CASE WHEN d.op <> 'delete' THEN (extract(epoch FROM d.expires_at - d.claimed_at) * 1000)::float8 END AS "expiresInMs"`;

/** `variant`: what the delivery says instead of the content's. */
type Row = ClaimedDelivery & { variant: ContentVariant | null };

/** In place, because most have no variant and a copy of each would cost some microseconds. */
function inTheirVariants(claimed: Row[]): ClaimedDelivery[] {
  for (const row of claimed)
    row.content =
      row.rolledUp === null ? contentInVariant(row.content, row.variant) : rolledUpContent(row, row.rolledUp);
  return claimed;
}

const claimedSources =
  'JOIN notification n USING (notification_id) LEFT JOIN slot cs ON cs.slot_id = d.collapse_slot LEFT JOIN slot ts ON ts.slot_id = d.thread_slot';

/** What is older than the message that is shown is not sent any more. */
export const superseded =
  "d.op <> 'delete' AND EXISTS (SELECT FROM slot s WHERE s.slot_id = d.collapse_slot AND s.shown_seq > d.seq)";

/** The message of a burst says nothing of the one that was taken back, and tells of others. */
export const retracted =
  'd.rolled_up IS NULL AND EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id)';

/** A newer version waits for one that may just be posting; a reply waits for whoever may become its parent. */
const mayGo = `
     AND (d.op = 'delete' OR d.expires_at > now() AND NOT (${retracted}))
     AND (d.collapse_slot IS NULL OR NOT (${superseded}) AND NOT EXISTS (
           SELECT FROM delivery_live o WHERE o.collapse_slot = d.collapse_slot AND o.delivery_id <> d.delivery_id AND o.state IN ('sending', 'unknown')))
     AND (d.thread_slot IS NULL OR EXISTS (SELECT FROM slot s WHERE s.slot_id = d.thread_slot AND s.message_ref IS NOT NULL) OR NOT EXISTS (
           SELECT FROM delivery_live o
            WHERE o.thread_slot = d.thread_slot AND o.delivery_id <> d.delivery_id
              AND (o.state IN ('sending', 'unknown') OR o.state = 'ready' AND o.seq < d.seq)))`;

const claimDeliveries = defineStatement({
  name: 'claim',
  parameters: {
    claims: rows({ deliveryId: 'uuid', attemptId: 'uuid', lane: 'text', epoch: 'bigint' }),
    /** Of the claims, each once. */
    lanes: 'text[]',
    podId: 'uuid',
  },
  text: (p) => `
WITH owned AS (
  SELECT lane_id, epoch FROM lane WHERE lane_id = ANY(${p.lanes}) AND pod_id = ${p.podId} FOR SHARE SKIP LOCKED),
free AS (
  SELECT d.delivery_id, w.attempt_id, w.epoch
    FROM ${p.claims.as('w')}
    JOIN owned ON owned.lane_id = w.lane AND owned.epoch = w.epoch
    JOIN delivery_live d ON d.delivery_id = w.delivery_id
   WHERE d.state = 'ready' ${mayGo}
     FOR UPDATE OF d SKIP LOCKED),
d AS (
  UPDATE delivery_live AS d
     SET state = 'sending', attempts = d.attempts + 1, attempt_id = free.attempt_id, epoch = free.epoch, claimed_at = clock_timestamp()
    FROM free WHERE d.delivery_id = free.delivery_id
  RETURNING d.*)
SELECT ${claimedColumns} FROM d ${claimedSources}`,
});

export async function claim(pool: Pool, podId: string, claims: readonly Claim[]): Promise<ClaimedDelivery[]> {
  const lanes = [...new Set(claims.map(({ lane }) => lane))];
  const { rows: claimed } = await pool.query<Row>(claimDeliveries({ claims, lanes, podId }));
  return inTheirVariants(claimed);
}

const unclaimDeliveries = defineStatement({
  name: 'unclaim',
  parameters: { claims: rows({ deliveryId: 'uuid', attemptId: 'uuid' }) },
  text: (p) => `
WITH never AS (DELETE FROM attempt WHERE attempt_id = ANY(${p.claims.array('attemptId')}) AND error = 'owner_lost')
UPDATE delivery_live AS d
   SET state = 'ready', attempts = attempts - 1, attempt_id = NULL,
       ambiguous = ambiguous - CASE state WHEN 'unknown' THEN 1 ELSE 0 END
  FROM ${p.claims.as('c')}
 WHERE d.delivery_id = c.delivery_id AND d.attempt_id = c.attempt_id AND d.state IN ('sending', 'unknown')`,
});

/** Claims whose requests were surely never written go back as if they had not happened. */
export async function unclaim(pool: Pool, claims: readonly Pick<Claim, 'deliveryId' | 'attemptId'>[]): Promise<void> {
  await pool.query(unclaimDeliveries({ claims }));
}

/** Deliveries whose last attempt is `unknown`, with what is needed to resolve them. */
export async function readUnknown(pool: Pool, deliveryIds: readonly string[]): Promise<ClaimedDelivery[]> {
  const { rows } = await pool.query<Row>({
    name: 'read-unknown',
    text: `SELECT ${claimedColumns} FROM delivery_live d ${claimedSources}
            WHERE d.delivery_id = ANY($1::uuid[]) AND d.state = 'unknown'`,
    values: [deliveryIds],
  });
  return inTheirVariants(rows);
}
