// Makes the digests whose time has come. Guarantees: a digest's id comes from its series and instant, so several
// processes and crashes make one; lanes take turns, so a workspace in which thousands of items wait, paused or not,
// delays the digests of no other; an item is looked at once, since it is marked with its digest; a step reads at most
// 500 items; an item that somebody else has locked is left for later. Items that missed their digest move on.
import type { ClientBase, Pool } from 'pg';
import { digestDeliveryIdOf } from '@carillon/domain/ids';
import { defineStatement, inTransaction, rows } from '@carillon/persistence';
import { nextSeq } from './arrival-order.ts';

const itemsAtOnce = 500;
const lanesAtOnce = 50;

export interface Release {
  /** Lanes that have new digests. */
  lanes: string[];
  /** Where the next step goes on, by lane; empty: from the start. */
  after: string;
  /** Whether items may be left. */
  more: boolean;
}

/** As the index delivery_digest_due has them: items that belong to no digest yet. */
const unmarked = "d.state = 'waiting' AND d.digest_key IS NOT NULL AND d.digest_id IS NULL";

/** Lanes of the process with items that are due, found by skipping along the index from lane to lane. */
const selectLanes = defineStatement({
  name: 'lanes-of-due-digests',
  parameters: { podId: 'uuid', after: 'text' },
  text: (p) => `
WITH RECURSIVE q(lane, first_at) AS (
  (SELECT d.lane, d.ready_at FROM delivery_live d WHERE ${unmarked} AND d.lane > ${p.after} ORDER BY d.lane, d.ready_at LIMIT 1)
  UNION ALL
  SELECT n.lane, n.ready_at FROM q CROSS JOIN LATERAL (
    SELECT d.lane, d.ready_at FROM delivery_live d WHERE ${unmarked} AND d.lane > q.lane ORDER BY d.lane, d.ready_at LIMIT 1) AS n)
SELECT q.lane FROM q JOIN lane l ON l.lane_id = q.lane WHERE q.first_at <= now() AND l.pod_id = ${p.podId} ORDER BY q.lane LIMIT ${lanesAtOnce}`,
});

const selectItems = defineStatement({
  name: 'items-of-due-digests',
  parameters: { lanes: 'text[]', most: 'integer' },
  text: (p) => `
SELECT i.delivery_id AS id, i.digest_key AS key, i.ready_at AS "dueAt"
  FROM unnest(${p.lanes}) AS u(lane) CROSS JOIN LATERAL (
    SELECT d.delivery_id, d.digest_key, d.ready_at FROM delivery_live d
     WHERE ${unmarked} AND d.lane = u.lane AND d.ready_at <= now() ORDER BY d.ready_at LIMIT ${p.most} FOR UPDATE OF d SKIP LOCKED) AS i`,
});

interface Item {
  id: string;
  key: string;
  dueAt: Date;
}

/** One step, for the lanes after the given one. */
export async function releaseDigests(pool: Pool, podId: string, after = ''): Promise<Release> {
  const { rows: found } = await pool.query<{ lane: string }>(selectLanes({ podId, after }));
  const lanes = found.map(({ lane }) => lane);
  if (lanes.length === 0) return { lanes, after: '', more: after !== '' };
  const most = Math.floor(itemsAtOnce / lanes.length);
  return inTransaction(pool, async (client) => {
    const { rows: items } = await client.query<Item>(selectItems({ lanes, most }));
    return {
      lanes: await gather(client, items),
      after: lanes.length === lanesAtOnce ? lanes.at(-1)! : '',
      more: after !== '' || lanes.length === lanesAtOnce || items.length >= most,
    };
  });
}

const selectKnown = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `SELECT digest_id AS id, frozen_at IS NOT NULL AS frozen FROM digest WHERE digest_id = ANY(${p.ids})`,
});

const moveItemsOn = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `
UPDATE delivery_live SET ready_at = CASE WHEN digest_next > ready_at THEN digest_next ELSE ready_at + interval '1 day' END
 WHERE delivery_id = ANY(${p.ids})`,
});

const markItems = defineStatement({
  parameters: { items: rows({ id: 'uuid', digestId: 'uuid' }) },
  text: (p) => `UPDATE delivery_live d SET digest_id = u.digest_id FROM ${p.items.as('u')} WHERE d.delivery_id = u.id`,
});

/**
 * Of each item: into a new digest, into one that has no text yet, or on to the next. Answers with the lanes of the new
 * ones.
 */
async function gather(client: ClientBase, items: readonly Item[]): Promise<string[]> {
  const marked = items.map((item) => ({ ...item, digestId: digestDeliveryIdOf(item.key, item.dueAt.toISOString()) }));
  const byDigest = Map.groupBy(marked, ({ digestId }) => digestId);
  const { rows: known } = await client.query<{ id: string; frozen: boolean }>(
    selectKnown({ ids: [...byDigest.keys()] }),
  );
  const late = new Set(known.filter(({ frozen }) => frozen).map(({ id }) => id));
  const there = new Set(known.map(({ id }) => id));
  await client.query(moveItemsOn({ ids: marked.filter(({ digestId }) => late.has(digestId)).map(({ id }) => id) }));
  const digests = [...byDigest]
    .filter(([id]) => !there.has(id))
    .map(([id, [first]]) => ({ id, key: first!.key, dueAt: first!.dueAt }));
  const lanes = digests.length > 0 ? await create(client, digests) : [];
  await client.query(markItems({ items: marked.filter(({ digestId }) => !late.has(digestId)) }));
  return lanes;
}

const createDigests = defineStatement({
  parameters: { digests: rows({ id: 'uuid', key: 'text', dueAt: 'timestamptz' }) },
  // The newest item says where the digest goes.
  text: (p) => `
WITH u AS (
  SELECT w.id, w.key, w.due_at, i.* FROM ${p.digests.as('w')} CROSS JOIN LATERAL (
    SELECT d.tenant_id, d.recipient, d.destination, d.lane, d.channel, d.installation_id, d.fallback, n.ambiguity, n.mutable, n.retention_days
      FROM delivery_live d JOIN notification n USING (notification_id)
     WHERE d.digest_key = w.key AND d.ready_at = w.due_at AND d.state = 'waiting' ORDER BY d.seq DESC LIMIT 1) AS i),
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
       'digest', tenant_id FROM u JOIN g ON g.digest_id = u.id
RETURNING lane`,
});

async function create(
  client: ClientBase,
  digests: readonly { id: string; key: string; dueAt: Date }[],
): Promise<string[]> {
  const { rows: created } = await client.query<{ lane: string }>(createDigests({ digests }));
  return [...new Set(created.map(({ lane }) => lane))];
}
