// Versions of one collapse group (`collapseKey`, or a burst): only its newest version is worth sending. A slot per
// recipient and key remembers the newest version and what stands in Slack; here a newer one takes the place of those
// that still wait, and one that comes late is dropped. What is under way or may have been posted is left alone: the
// newer one follows it.
import type { ClientBase } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';
import { terminateWithin } from './terminations.ts';

/** A version of a collapse group that waits, in the order of arrival. */
export interface WaitingVersion {
  deliveryId: string;
  slotId: string;
  /** The place in the queue; a decimal number that may exceed what a double holds exactly. */
  seq: string;
  /** The producer's number, or the place in a burst; null: the order of arrival decides. */
  sequence: number | null;
  /** Never sent, and surely not: it may vanish. */
  replaceable: boolean;
}

export interface Replacement {
  superseded: string[];
  version: number | null;
  /** The newest, and the place it inherits. */
  heir?: { deliveryId: string; seq: string };
}

/** Purely: who is left of one slot's versions, given the newest version accepted so far. */
export function newestOf(version: number | null, waiting: readonly WaitingVersion[]): Replacement {
  const superseded: string[] = [];
  let newest = version;
  let heir: WaitingVersion | undefined;
  let place: string | undefined;
  for (const one of waiting) {
    if (newest !== null && one.sequence !== null && one.sequence < newest) {
      if (one.replaceable) superseded.push(one.deliveryId);
      continue;
    }
    newest = one.sequence ?? newest;
    if (heir?.replaceable) {
      superseded.push(heir.deliveryId);
      place ??= heir.seq;
    }
    heir = one;
  }
  return {
    superseded,
    version: newest,
    ...(heir && place !== undefined && { heir: { deliveryId: heir.deliveryId, seq: place } }),
  };
}

const insertSlots = defineStatement({
  parameters: { slotIds: 'uuid[]' },
  text: (p) =>
    `INSERT INTO slot (slot_id) SELECT id FROM unnest(${p.slotIds}) AS u(id) ORDER BY id ON CONFLICT DO NOTHING`,
});

/** In order, so that two of these never meet crosswise. */
export async function createSlots(client: ClientBase, slotIds: readonly string[]): Promise<void> {
  await client.query(insertSlots({ slotIds }));
}

/** Within the transaction that took new versions in. */
export async function keepNewest(client: ClientBase, slotIds: readonly string[]): Promise<void> {
  const slots = await client.query<{ slotId: string; version: string | null }>(
    'SELECT slot_id AS "slotId", version FROM slot WHERE slot_id = ANY($1::uuid[]) ORDER BY slot_id FOR UPDATE',
    [slotIds],
  );
  const waiting = await client.query<Omit<WaitingVersion, 'sequence'> & { sequence: string | null }>(
    `SELECT d.delivery_id AS "deliveryId", d.collapse_slot AS "slotId", d.seq, coalesce(d.roll_up_position, d.rolled_up, n.sequence) AS sequence, d.ambiguous = 0 AS replaceable
       FROM delivery_live d JOIN notification n USING (notification_id)
      WHERE d.collapse_slot = ANY($1::uuid[]) AND d.state IN ('ready', 'waiting') AND d.op = 'post'
      ORDER BY d.seq FOR UPDATE OF d`,
    [slotIds],
  );
  const versions = waiting.rows.map((row) => ({
    ...row,
    sequence: row.sequence === null ? null : Number(row.sequence),
  }));
  const replacements = slots.rows.map(({ slotId, version }) => ({
    slotId,
    ...newestOf(
      version === null ? null : Number(version),
      versions.filter((one) => one.slotId === slotId),
    ),
  }));
  const superseded = replacements.flatMap((replacement) => replacement.superseded);
  if (superseded.length > 0) {
    for (const [reason, which] of reasonsOfSuperseded) {
      await terminateWithin(client, {
        state: 'cancelled',
        reason,
        condition: `d.delivery_id = ANY($1::uuid[]) AND d.state IN ('ready', 'waiting') AND ${which}`,
        values: [superseded],
      });
    }
  }
  const heirs = replacements.flatMap(({ heir }) => heir ?? []);
  if (heirs.length > 0) await client.query(movePlaces({ heirs }));
  await client.query(setVersions({ slots: replacements }));
}

/** One of a burst is told of by the message that counts it. Of each which deliveries they are, in SQL. */
export const reasonsOfSuperseded = [
  ['superseded', 'd.rolled_up IS NULL'],
  ['rolled_up', 'd.rolled_up IS NOT NULL'],
] as const;

const movePlaces = defineStatement({
  parameters: { heirs: rows({ deliveryId: 'uuid', seq: 'bigint' }) },
  text: (p) => `UPDATE delivery_live d SET seq = u.seq FROM ${p.heirs.as('u')} WHERE d.delivery_id = u.delivery_id`,
});

const setVersions = defineStatement({
  parameters: { slots: rows({ slotId: 'uuid', version: 'bigint?' }) },
  text: (p) => `
UPDATE slot s SET version = u.version, touched_at = now() FROM ${p.slots.as('u')} WHERE s.slot_id = u.slot_id`,
});
