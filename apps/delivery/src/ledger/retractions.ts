// A product takes a notification back, before or after its request came. First the retraction is remembered (ingest,
// claims and results look at it from then on), then it is applied to what the ledger holds: what waits is cancelled,
// what was posted is sent again as a deletion, of the message and of its files, unless a newer version of the matter
// stands in its place by now. An e-mail cannot be taken back.
import type { Pool } from 'pg';
import { defineStatement, inTransaction, rows } from '@carillon/persistence';
import { terminateAllWithin } from './terminations.ts';
import { retryOnSerializationFailure } from './retry-on-serialization-failure.ts';
import type { Reopened } from './replays.ts';
import { deliveryIdsOf, type StoredDecision } from '../model/stored-decision.ts';

export interface Retraction {
  notificationId: string;
  tenantId: string;
}

const insertRetractions = defineStatement({
  parameters: { retractions: rows({ notificationId: 'uuid', tenantId: 'text' }) },
  text: (p) => `
INSERT INTO retraction (notification_id, tenant_id)
SELECT notification_id, tenant_id FROM ${p.retractions.as('u')} ORDER BY notification_id ON CONFLICT DO NOTHING`,
});

export async function rememberRetractions(pool: Pool, retractions: readonly Retraction[]): Promise<void> {
  await pool.query(insertRetractions({ retractions }));
}

/** Idempotent. Answers with the deliveries that stand in a queue again, to be deleted at Slack. */
export function applyRetractions(pool: Pool, notificationIds: readonly string[]): Promise<Reopened[]> {
  return retryOnSerializationFailure(() => apply(pool, notificationIds));
}

function apply(pool: Pool, notificationIds: readonly string[]): Promise<Reopened[]> {
  return inTransaction(pool, async (client) => {
    const { rows: decisions } = await client.query<{ id: string; recipient: string; answer: StoredDecision }>(
      'SELECT notification_id AS id, recipient, answer FROM decision WHERE notification_id = ANY($1::uuid[]) AND answer IS NOT NULL',
      [notificationIds],
    );
    const ids = decisions.flatMap(({ id, recipient, answer }) => deliveryIdsOf(id, recipient, answer));
    if (ids.length === 0) return [];
    // Waits for results that are being written just now: they may not have seen the retraction.
    await client.query(
      'SELECT FROM delivery_live WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id FOR UPDATE',
      [ids],
    );
    await terminateAllWithin(client, {
      state: 'cancelled',
      reason: 'retracted',
      condition: "d.delivery_id = ANY($1::uuid[]) AND d.state IN ('ready', 'waiting') AND d.op = 'post'",
      values: [ids],
    });
    const posted = await client.query<Reopened>(
      `UPDATE delivery AS d
          SET state = 'ready', settled = false, settled_at = NULL, op = 'delete', ready_at = now(), held_since = NULL, ambiguous = 0
        WHERE d.delivery_id = ANY($1::uuid[]) AND d.settled AND d.state = 'delivered' AND d.op = 'post' AND d.digest_id IS NULL
          AND (d.slack->>'ts' IS NOT NULL OR EXISTS (SELECT FROM file_upload f WHERE f.delivery_id = d.delivery_id))
          AND (d.collapse_slot IS NULL OR d.delivery_id = (SELECT s.delivery_id FROM slot s WHERE s.slot_id = d.collapse_slot))
       RETURNING d.lane, d.channel, d.priority AS priority`,
      [ids],
    );
    return posted.rows;
  });
}
