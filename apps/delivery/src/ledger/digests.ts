// Digests: items wait in the ledger until their series is due; then one delivery stands for all of them, a
// notification that Carillon composes itself. Promises: a digest's id comes from its series and instant, so several
// processes and crashes make one; its members and its text are fixed when it is claimed and never change again; what
// comes later goes into the next one; nothing is sent when nothing is left to tell; every member has an outcome of its
// own.
import type { ClientBase, Pool } from 'pg';
import type { Content, Destination } from '@carillon/domain';
import { digestDeliveryIdOf } from '@carillon/domain/ids';
import { addToOutbox, defineStatement, inTransaction, rows } from '@carillon/persistence';
import { checkpoint } from '@carillon/telemetry';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import type { DigestEnd } from '../model/delivery-result.ts';
import { nextSeq } from './arrival-order.ts';
import { outcomeRecord, type OutcomeSubject } from './outcomes.ts';

/** The newest item of what is due: the digest goes where it would have gone. */
interface Due {
  key: string;
  dueAt: Date;
  tenantId: string;
  recipient: string;
  destination: Destination;
  lane: string;
  channel: string;
  installationId: string | null;
  fallback: Destination | null;
  ambiguity: string;
  mutable: boolean;
  retentionDays: number;
}

/** An item of a digest, in the order of arrival. */
export interface DigestMember {
  type: string;
  typeTitle: string | null;
  content: Content;
}

const digestsAtOnce = 500;

/**
 * Makes the digests whose time has come in lanes of this process; items that missed theirs move on. Answers with the
 * lanes.
 */
export async function releaseDigests(pool: Pool, podId: string): Promise<string[]> {
  const { rows: due } = await pool.query<Due>({
    name: 'digests-due',
    text: `SELECT DISTINCT ON (d.digest_key, d.ready_at) d.digest_key AS key, d.ready_at AS "dueAt", n.tenant_id AS "tenantId", d.recipient,
                  d.destination, d.lane, d.channel, d.installation_id AS "installationId", d.fallback, n.ambiguity, n.mutable,
                  n.retention_days AS "retentionDays"
             FROM delivery_live d JOIN lane l ON l.lane_id = d.lane JOIN notification n USING (notification_id)
            WHERE d.state = 'waiting' AND d.digest_key IS NOT NULL AND d.ready_at <= now() AND l.pod_id = $1
            ORDER BY d.digest_key, d.ready_at, d.seq DESC LIMIT ${digestsAtOnce}`,
    values: [podId],
  });
  if (due.length === 0) return [];
  const byId = new Map(due.map((one) => [digestDeliveryIdOf(one.key, one.dueAt.toISOString()), one]));
  const { rows: known } = await pool.query<{ id: string; frozen: boolean }>(
    'SELECT digest_id AS id, frozen_at IS NOT NULL AS frozen FROM digest WHERE digest_id = ANY($1::uuid[])',
    [[...byId.keys()]],
  );
  const late = known.filter(({ frozen }) => frozen).map(({ id }) => byId.get(id)!);
  if (late.length > 0) await moveOn(pool, late);
  for (const { id } of known) byId.delete(id);
  if (byId.size === 0) return [];
  await create(pool, byId);
  return [...new Set([...byId.values()].map(({ lane }) => lane))];
}

const createDigests = defineStatement({
  parameters: {
    digests: rows({
      id: 'uuid',
      key: 'text',
      dueAt: 'timestamptz',
      tenantId: 'text',
      recipient: 'text',
      destination: 'json',
      lane: 'text',
      channel: 'text',
      installationId: 'text?',
      fallback: 'json?',
      ambiguity: 'text',
      mutable: 'boolean',
      retentionDays: 'integer',
    }),
  },
  text: (p) => `
WITH u AS (SELECT * FROM ${p.digests.as('u')}),
g AS (
  INSERT INTO digest (digest_id, digest_key, due_at) SELECT id, key, due_at FROM u ORDER BY id ON CONFLICT DO NOTHING
  RETURNING digest_id),
n AS (
  INSERT INTO notification (notification_id, tenant_id, source, external_id, type, type_title, category, content, priority, expires_at, ambiguity,
                            mutable, retention_days, forget_on)
  SELECT id, tenant_id, '/carillon/digest', id::text, 'digest', 'Digest', 'digest', '{"title":"Digest"}', 1, now() + interval '7 days', ambiguity,
         mutable, retention_days, current_date + retention_days FROM u JOIN g ON g.digest_id = u.id ON CONFLICT DO NOTHING)
INSERT INTO delivery_live (delivery_id, seq, notification_id, recipient, destination, lane, channel, installation_id, fallback, priority,
                           state, expires_at, expiry_asked, op, tenant_id)
SELECT id, ${nextSeq}, id, recipient, destination, lane, channel, installation_id, fallback, 1, 'ready', now() + interval '7 days', false,
       'digest', tenant_id FROM u JOIN g ON g.digest_id = u.id`,
});

async function create(pool: Pool, due: ReadonlyMap<string, Due>): Promise<void> {
  const digests = [...due].map(([id, one]) => ({
    ...one,
    id,
    destination: JSON.stringify(one.destination),
    fallback: one.fallback && JSON.stringify(one.fallback),
  }));
  await pool.query(createDigests({ digests }));
}

const moveItemsOn = defineStatement({
  parameters: { late: rows({ key: 'text', dueAt: 'timestamptz' }) },
  text: (p) => `
UPDATE delivery_live d
   SET ready_at = CASE WHEN d.digest_next > d.ready_at THEN d.digest_next ELSE d.ready_at + interval '1 day' END
  FROM ${p.late.as('u')}
 WHERE d.digest_key = u.key AND d.ready_at = u.due_at AND d.state = 'waiting'`,
});

async function moveOn(pool: Pool, late: readonly Due[]): Promise<void> {
  await pool.query(moveItemsOn({ late }));
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
  const { rows: members } = await client.query<DigestMember>(takeMembers({ digestId, key, dueAt }));
  return members;
}

const takeMembers = defineStatement({
  parameters: { digestId: 'uuid', key: 'text', dueAt: 'timestamptz' },
  text: (p) => `
WITH taken AS (
  UPDATE delivery_live d SET state = 'bundled', digest_id = ${p.digestId}
   WHERE d.digest_key = ${p.key} AND d.state = 'waiting' AND d.digest_due <= ${p.dueAt} AND d.expires_at > now()
     AND NOT EXISTS (SELECT FROM retraction r WHERE r.notification_id = d.notification_id)
  RETURNING d.notification_id, d.seq)
SELECT n.type, n.type_title AS "typeTitle", n.content FROM taken JOIN notification n USING (notification_id) ORDER BY taken.seq`,
});

async function contentOf(client: ClientBase, notificationId: string): Promise<Content> {
  const { rows } = await client.query<{ content: Content }>(
    'SELECT content FROM notification WHERE notification_id = $1',
    [notificationId],
  );
  return rows[0]!.content;
}

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
  const { rows: ended } = await client.query<OutcomeSubject>(
    endMembersOf({ digestId, state: outcome, reason, ref: ref && JSON.stringify(ref), ambiguous, attempts }),
  );
  const details = { ambiguous, digestId, ...(reason !== undefined && { reason }), ...(ref && { ref }) };
  await addToOutbox(
    client,
    ended.map((row) => outcomeRecord(row, outcome, details)),
  );
}
