// Claiming: ready → sending, durable before anything is written to Slack. Promises: only the lane's owner under its present
// epoch can claim; a takeover waits for claims under way and sees them.
import type { Pool } from 'pg';
import type { AmbiguityPolicy, Content, Destination } from '@carillon/domain';

export interface Claim {
  deliveryId: string;
  attemptId: string;
  lane: string;
  epoch: number;
}

/** A claimed delivery with all that sending it needs. */
export interface Claimed {
  deliveryId: string;
  attemptId: string;
  lane: string;
  channel: string;
  /** This attempt's number, from 1. */
  attempt: number;
  /** Earlier attempts of which nobody knows whether they posted. */
  ambiguous: number;
  recipient: string;
  destination: Destination;
  tenantId: string;
  notificationId: string;
  source: string;
  externalId: string;
  type: string;
  content: Content;
  ambiguity: AmbiguityPolicy;
  traceparent: string | null;
  /** When this attempt was claimed, in seconds since 1970 on the database's clock. */
  claimedAt: number;
}

const claimedColumns = `
  d.delivery_id AS "deliveryId", d.attempt_id AS "attemptId", d.lane, d.channel, d.attempts AS attempt, d.ambiguous, d.recipient,
  d.destination, n.tenant_id AS "tenantId", n.notification_id AS "notificationId", n.source, n.external_id AS "externalId",
  n.type, n.content, n.ambiguity, n.traceparent, extract(epoch FROM d.claimed_at)::float8 AS "claimedAt"`;

const claimStatement = `
WITH owned AS (
  SELECT lane_id, epoch FROM lane WHERE lane_id = ANY($5) AND pod_id = $6 FOR SHARE),
d AS (
  UPDATE delivery_live AS d
     SET state = 'sending', attempts = d.attempts + 1, attempt_id = w.attempt_id, epoch = w.epoch, claimed_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS w(delivery_id, attempt_id, lane, epoch)
    JOIN owned ON owned.lane_id = w.lane AND owned.epoch = w.epoch
   WHERE d.delivery_id = w.delivery_id AND d.state = 'ready' AND d.expires_at > now()
  RETURNING d.*)
SELECT ${claimedColumns} FROM d JOIN notification n USING (notification_id)`;

export async function claim(pool: Pool, podId: string, claims: readonly Claim[]): Promise<Claimed[]> {
  const { rows } = await pool.query<Claimed>({
    name: 'claim',
    text: claimStatement,
    values: [
      claims.map((c) => c.deliveryId),
      claims.map((c) => c.attemptId),
      claims.map((c) => c.lane),
      claims.map((c) => c.epoch),
      [...new Set(claims.map((c) => c.lane))],
      podId,
    ],
  });
  return rows;
}

/** Claims whose requests were surely never written go back as if they had not happened. */
export async function unclaim(pool: Pool, claims: readonly Pick<Claim, 'deliveryId' | 'attemptId'>[]): Promise<void> {
  await pool.query({
    name: 'unclaim',
    text: `WITH never AS (DELETE FROM attempt WHERE attempt_id = ANY($2::uuid[]) AND error = 'owner_lost')
           UPDATE delivery_live AS d
              SET state = 'ready', attempts = attempts - 1, attempt_id = NULL,
                  ambiguous = ambiguous - CASE state WHEN 'unknown' THEN 1 ELSE 0 END
             FROM unnest($1::uuid[], $2::uuid[]) AS c(delivery_id, attempt_id)
            WHERE d.delivery_id = c.delivery_id AND d.attempt_id = c.attempt_id AND d.state IN ('sending', 'unknown')`,
    values: [claims.map((c) => c.deliveryId), claims.map((c) => c.attemptId)],
  });
}

/** Deliveries whose last attempt is `unknown`, with what is needed to settle them. */
export async function readUnknown(pool: Pool, deliveryIds: readonly string[]): Promise<Claimed[]> {
  const { rows } = await pool.query<Claimed>({
    name: 'read-unknown',
    text: `SELECT ${claimedColumns} FROM delivery_live d JOIN notification n USING (notification_id)
            WHERE d.delivery_id = ANY($1::uuid[]) AND d.state = 'unknown'`,
    values: [deliveryIds],
  });
  return rows;
}
