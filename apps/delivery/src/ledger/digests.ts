// Digests: items wait in the ledger until their series is due; then one delivery stands for all of them, a
// notification that Carillon composes itself (release-digests.ts makes it). Guarantees: its members and its text are
// fixed when it is claimed and never change again; what comes later goes into the next one; nothing is sent when
// nothing is left to tell; every member has an outcome of its own.
import type { ClientBase, Pool } from 'pg';
import type { Content, ContentVariant } from '@carillon/domain';
import { addToOutbox, defineStatement, inTransaction } from '@carillon/persistence';
import { checkpoint } from '@carillon/telemetry';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { contentInVariant, variantColumn } from '../model/content-in-variant.ts';
import type { DigestEnd } from '../model/delivery-result.ts';
import { outcomeRecord, type OutcomeSubject } from './outcomes.ts';

/** An item of a digest, in the order of arrival. */
export interface DigestMember {
  type: string;
  typeTitle: string | null;
  /** As its recipient is told it. */
  content: Content;
}

/** What a claimed digest says, fixed at its first claim; null: nothing is left to tell, and it has ended. */
export async function freeze(
  pool: Pool,
  { notificationId, deliveryId }: Pick<ClaimedDelivery, 'notificationId' | 'deliveryId'>,
  compose: (members: readonly DigestMember[]) => Content,
): Promise<Content | null> {
  const content = await inTransaction(pool, async (client) => {
    const {
      rows: [digest],
    } = await client.query<{ key: string; dueAt: Date; frozen: boolean }>(
      'SELECT digest_key AS key, due_at AS "dueAt", frozen_at IS NOT NULL AS frozen FROM digest WHERE digest_id = $1 FOR UPDATE',
      [notificationId],
    );
    if (!digest) throw new Error(`there is no digest ${notificationId}`);
    if (digest.frozen) return contentOf(client, notificationId);
    const members = await gather(client, notificationId, digest);
    await client.query('UPDATE digest SET frozen_at = now() WHERE digest_id = $1', [notificationId]);
    if (members.length === 0) {
      await client.query(
        `UPDATE delivery SET state = 'cancelled', settled = true, settled_at = clock_timestamp(), reason = 'empty_digest'
          WHERE delivery_id = $1 AND NOT settled`,
        [deliveryId],
      );
      return null;
    }
    const text = compose(members);
    await client.query('UPDATE notification SET content = $2 WHERE notification_id = $1', [
      notificationId,
      JSON.stringify(text),
    ]);
    return text;
  });
  if (content) checkpoint('digest.frozen');
  return content;
}

async function gather(
  client: ClientBase,
  digestId: string,
  { key, dueAt }: { key: string; dueAt: Date },
): Promise<DigestMember[]> {
  const { rows: members } = await client.query<DigestMember & { variant: ContentVariant | null }>(
    takeMembers({ digestId, key, dueAt }),
  );
  return members.map(({ content, variant, ...member }) => ({ ...member, content: contentInVariant(content, variant) }));
}

const takeMembers = defineStatement({
  parameters: { digestId: 'uuid', key: 'text', dueAt: 'timestamptz' },
  text: (p) => `
WITH d AS (
  UPDATE delivery_live d SET state = 'bundled', digest_id = ${p.digestId}
   WHERE d.digest_key = ${p.key} AND d.state = 'waiting' AND d.digest_due <= ${p.dueAt} AND d.expires_at > now()
     AND NOT EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id)
  RETURNING d.notification_id, d.seq, d.variant)
SELECT n.type, n.type_title AS "typeTitle", n.content, ${variantColumn} AS variant FROM d JOIN notification n USING (notification_id) ORDER BY d.seq`,
});

async function contentOf(client: ClientBase, notificationId: string): Promise<Content> {
  const { rows } = await client.query<{ content: Content }>(
    'SELECT content FROM notification WHERE notification_id = $1',
    [notificationId],
  );
  return rows[0]!.content;
}

const unmarkItems = defineStatement({
  parameters: { digestId: 'uuid' },
  text: (p) => `UPDATE delivery_live SET digest_id = NULL WHERE digest_id = ${p.digestId} AND state = 'waiting'`,
});

const endMembersOf = defineStatement({
  parameters: {
    digestId: 'uuid',
    state: 'text',
    reason: 'text?',
    ref: 'jsonb?',
    ambiguous: 'integer',
    attempts: 'integer',
  },
  text: (p) => `
WITH d AS (
  UPDATE delivery AS d
     SET state = ${p.state}, settled = true, settled_at = clock_timestamp(), reason = ${p.reason}, slack = ${p.ref},
         ambiguous = ${p.ambiguous}, attempts = ${p.attempts}
   WHERE NOT d.settled AND d.state = 'bundled' AND d.digest_id = ${p.digestId}
  RETURNING d.*)
SELECT d.delivery_id AS "deliveryId", d.notification_id AS "notificationId", d.recipient, d.destination, d.attempts AS attempt, d.replay,
       n.tenant_id AS "tenantId", n.source, n.external_id AS "externalId", n.traceparent
  FROM d JOIN notification n USING (notification_id)`,
});

/** The members end as their digest ended, within the transaction that ends it. */
export async function endMembers(client: ClientBase, digestId: string, end: DigestEnd): Promise<void> {
  const { outcome, reason, ref, ambiguous, attempts } = end;
  // Of one that ended before it had a text, the items go into the next.
  await client.query('UPDATE digest SET frozen_at = coalesce(frozen_at, now()) WHERE digest_id = $1', [digestId]);
  await client.query(unmarkItems({ digestId }));
  const { rows: ended } = await client.query<OutcomeSubject>(
    endMembersOf({ digestId, state: outcome, reason, ref: ref && JSON.stringify(ref), ambiguous, attempts }),
  );
  const details = { ambiguous, digestId, ...(reason !== undefined && { reason }), ...(ref && { ref }) };
  await addToOutbox(
    client,
    ended.map((row) => outcomeRecord(row, outcome, details)),
  );
}
