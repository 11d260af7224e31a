// A product takes a notification back, before or after its request came. First the retraction is remembered (ingest,
// claims and results look at it from then on), then it is applied to what the ledger holds: what waits is cancelled,
// what was posted is sent again as a deletion, of the message and of its files, unless a newer version of its group
// stands in its place by now. An e-mail cannot be retracted; the message of a burst goes on to count what was taken
// back. Guarantees: one transaction applies it to 500 deliveries
// at most; a delivery that somebody else has locked delays no other, and maintenance applies the retraction again
// until nothing is left, as after a crash.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, inTransaction, rows, takesTooLong } from '@carillon/persistence';
import { terminateAllWithin } from './terminations.ts';
import { retryOnSerializationFailure } from './retry-on-serialization-failure.ts';
import { keepNotifications, type Reopened } from './replays.ts';
import { deliveryIdsOf, type StoredDecision } from '../model/stored-decision.ts';

export interface Retraction {
  notificationId: string;
  tenantId: string;
}

const rowsAtOnce = 500;
/** Of retractions that are applied again, so many in a step. */
const pendingAtOnce = 50;

const insertRetractions = defineStatement({
  parameters: { retractions: rows({ notificationId: 'uuid', tenantId: 'text' }) },
  text: (p) => `
INSERT INTO retraction (notification_id, tenant_id)
SELECT notification_id, tenant_id FROM ${p.retractions.as('u')} ORDER BY notification_id ON CONFLICT DO NOTHING`,
});

export async function rememberRetractions(pool: Pool, retractions: readonly Retraction[]): Promise<void> {
  await pool.query(insertRetractions({ retractions }));
}

interface Target {
  notificationId: string;
  deliveryId: string;
}

/** Idempotent. Answers with the deliveries that stand in a queue again, to be deleted at Slack. */
export async function applyRetractions(pool: Pool, notificationIds: readonly string[]): Promise<Reopened[]> {
  const reopened: Reopened[] = [];
  const locked: Target[] = [];
  for await (const targets of targetsOf(pool, notificationIds)) {
    const applied = await apply(pool, targets, false);
    reopened.push(...applied.reopened);
    locked.push(...applied.locked);
  }
  const left = new Set<string>();
  for (let at = 0; at < locked.length; at += rowsAtOnce) {
    const targets = locked.slice(at, at + rowsAtOnce);
    try {
      reopened.push(...(await apply(pool, targets, true)).reopened);
    } catch (error) {
      if (!takesTooLong(error)) throw error;
      for (const { notificationId } of targets) left.add(notificationId);
    }
  }
  await pool.query(setApplied({ ids: notificationIds, left: [...left] }));
  return reopened;
}

const selectPending = defineStatement({
  parameters: { most: 'integer' },
  text: (p) => `
SELECT notification_id AS id FROM retraction WHERE applied_at IS NULL ORDER BY retracted_at LIMIT ${p.most}`,
});

/** Applies what a crash or a lock has left. */
export async function applyPendingRetractions(pool: Pool): Promise<Reopened[]> {
  const { rows: pending } = await pool.query<{ id: string }>(selectPending({ most: pendingAtOnce }));
  return pending.length === 0
    ? []
    : applyRetractions(
        pool,
        pending.map(({ id }) => id),
      );
}

const setApplied = defineStatement({
  parameters: { ids: 'uuid[]', left: 'uuid[]' },
  text: (p) => `
UPDATE retraction SET applied_at = CASE WHEN notification_id <> ALL(${p.left}) THEN now() END
 WHERE notification_id IN (SELECT notification_id FROM retraction WHERE notification_id = ANY(${p.ids}) FOR UPDATE SKIP LOCKED)`,
});

const selectDecisions = defineStatement({
  parameters: { ids: 'uuid[]', afterId: 'uuid', afterRecipient: 'text' },
  text: (p) => `
SELECT notification_id AS id, recipient, answer FROM decision
 WHERE notification_id = ANY(${p.ids}) AND answer IS NOT NULL AND (notification_id, recipient) > (${p.afterId}, ${p.afterRecipient})
 ORDER BY notification_id, recipient LIMIT ${rowsAtOnce}`,
});

/** The deliveries of notifications, 500 at a time. */
async function* targetsOf(pool: Pool, ids: readonly string[]): AsyncGenerator<Target[]> {
  let [afterId, afterRecipient] = ['00000000-0000-0000-0000-000000000000', ''];
  for (;;) {
    const { rows: decisions } = await pool.query<{ id: string; recipient: string; answer: StoredDecision }>(
      selectDecisions({ ids, afterId, afterRecipient }),
    );
    const targets = decisions.flatMap(({ id, recipient, answer }) =>
      deliveryIdsOf(id, recipient, answer).map((deliveryId) => ({ notificationId: id, deliveryId })),
    );
    for (let at = 0; at < targets.length; at += rowsAtOnce) yield targets.slice(at, at + rowsAtOnce);
    const last = decisions.at(-1);
    if (!last || decisions.length < rowsAtOnce) return;
    [afterId, afterRecipient] = [last.id, last.recipient];
  }
}

const selectPresent = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `SELECT delivery_id AS id FROM delivery WHERE delivery_id = ANY(${p.ids})`,
});
const lockFree = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `
SELECT delivery_id AS id FROM delivery WHERE delivery_id = ANY(${p.ids}) ORDER BY delivery_id FOR UPDATE SKIP LOCKED`,
});
const lockAll = defineStatement({
  parameters: { ids: 'uuid[]' },
  text: (p) => `
SELECT delivery_id AS id FROM delivery WHERE delivery_id = ANY(${p.ids}) ORDER BY delivery_id FOR UPDATE`,
});

const reopenAsDeletions = defineStatement({
  parameters: { ids: 'uuid[]', notificationIds: 'uuid[]' },
  text: (p) => `
UPDATE delivery AS d
   SET state = 'ready', settled = false, settled_at = NULL, op = 'delete', ready_at = now(), held_since = NULL, ambiguous = 0
 WHERE d.delivery_id = ANY(${p.ids}) AND d.notification_id = ANY(${p.notificationIds})
   AND d.settled AND d.state = 'delivered' AND d.op = 'post' AND d.digest_id IS NULL AND d.rolled_up IS NULL
   AND (d.slack->>'ts' IS NOT NULL OR EXISTS (SELECT FROM file_upload f WHERE f.delivery_id = d.delivery_id))
   AND (d.collapse_slot IS NULL OR d.delivery_id = (SELECT s.delivery_id FROM slot s WHERE s.slot_id = d.collapse_slot))
RETURNING d.lane, d.channel, d.priority AS priority`,
});

interface Applied {
  reopened: Reopened[];
  /** Somebody else has them locked, perhaps for a result that did not see the retraction. */
  locked: Target[];
}

/** `waits`: for locked deliveries too, 200 ms at most. */
function apply(pool: Pool, targets: readonly Target[], waits: boolean): Promise<Applied> {
  const all = targets.map(({ deliveryId }) => deliveryId);
  const idsOf = async (client: ClientBase, statement: typeof lockAll): Promise<string[]> =>
    (await client.query<{ id: string }>(statement({ ids: all }))).rows.map(({ id }) => id);
  return retryOnSerializationFailure(() =>
    inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '200ms'`);
      const notificationIds = await keepNotifications(
        client,
        targets.map(({ notificationId }) => notificationId),
        { skipLocked: !waits },
      );
      const kept = new Set(notificationIds);
      const present = waits ? [] : await idsOf(client, selectPresent);
      const ids = await idsOf(client, waits ? lockAll : lockFree);
      const free = new Set(ids);
      const there = new Set(present);
      await terminateAllWithin(client, {
        state: 'cancelled',
        reason: 'retracted',
        condition:
          "d.delivery_id = ANY($1::uuid[]) AND d.state IN ('ready', 'waiting') AND d.op = 'post' AND d.rolled_up IS NULL",
        values: [ids],
      });
      const { rows: reopened } = await client.query<Reopened>(reopenAsDeletions({ ids, notificationIds }));
      const locked = targets.filter(
        ({ deliveryId, notificationId }) =>
          there.has(deliveryId) && !(free.has(deliveryId) && kept.has(notificationId)),
      );
      return { reopened, locked };
    }),
  );
}
