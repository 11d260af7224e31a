// Where a sync is, stored with the rows that were staged until there. Guarantees: a position is that of rows which are
// staged, because both are written in one transaction and both are lost together; staged rows are erased in steps of
// bounded size, before the position that names them.
import { defineStatement } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

const list = z.object({
  /** Since when the list as a whole holds, in ms since 1970. */
  from: z.number(),
  /** How many workspaces are listed. */
  listed: z.int(),
  /** Where the next workspace goes on. */
  cursor: z.string().optional(),
});
const position = z.object({
  teams: z.array(z.string()),
  users: list,
  /** Undefined: members are not linked yet. */
  channels: list.optional(),
});
export type ListPosition = z.output<typeof list>;
export type SyncPosition = z.output<typeof position>;

const insertPosition = defineStatement({
  parameters: { syncId: 'uuid' },
  text: (p) => `INSERT INTO sync_position (sync_id) VALUES (${p.syncId}) ON CONFLICT DO NOTHING`,
});
const selectPosition = defineStatement({
  parameters: { syncId: 'uuid' },
  text: (p) => `SELECT position FROM sync_position WHERE sync_id = ${p.syncId}`,
});
const updatePosition = defineStatement({
  name: 'sync-position-store',
  parameters: { syncId: 'uuid', position: 'jsonb' },
  text: (p) => `UPDATE sync_position SET position = ${p.position} WHERE sync_id = ${p.syncId}`,
});

/** In the transaction that stages the rows. Fails where a crash of the database server took the rows of before. */
export async function storePosition(client: PoolClient, syncId: string, next: SyncPosition): Promise<void> {
  const stored = await client.query(updatePosition({ syncId, position: JSON.stringify(next) }));
  if (stored.rowCount === 0) throw new Error('the staged rows are lost: the sync starts over');
}

const rowsPerStep = 5_000;
const tables = [
  { table: 'staged_slack_user', key: 'slack_user_id' },
  { table: 'staged_channel', key: 'channel_id' },
] as const;

const clearSteps = tables.map(({ table, key }) =>
  defineStatement({
    parameters: { syncId: 'uuid' },
    text: (p) => `
DELETE FROM ${table} WHERE sync_id = ${p.syncId} AND ${key} IN
  (SELECT ${key} FROM ${table} WHERE sync_id = ${p.syncId} LIMIT ${rowsPerStep})`,
  }),
);
const deletePosition = defineStatement({
  parameters: { syncId: 'uuid' },
  text: (p) => `DELETE FROM sync_position WHERE sync_id = ${p.syncId}`,
});

async function clearStaged(pool: Pool, syncId: string): Promise<void> {
  for (const step of clearSteps) while ((await pool.query(step({ syncId }))).rowCount === rowsPerStep);
  await pool.query(deletePosition({ syncId }));
}

const selectEnded = defineStatement({
  parameters: { installationId: 'text?' },
  text: (p) => `
SELECT p.sync_id AS id FROM sync_position p LEFT JOIN sync s ON s.id = p.sync_id
 WHERE (s.id IS NULL OR s.state IN ('done', 'failed')) AND (${p.installationId} IS NULL OR s.installation_id = ${p.installationId})
 LIMIT 1000`,
});

/** Erases what ended syncs have staged. */
export async function clearEndedSyncs(pool: Pool, installationId?: string): Promise<void> {
  const ended = await pool.query<{ id: string }>(selectEnded({ installationId }));
  for (const { id } of ended.rows) await clearStaged(pool, id);
}

/**
 * Undefined: the sync starts from the beginning. From now on, deletions by events are noted for it.
 * @param fits whether the sync may go on there
 */
export async function openPosition(
  pool: Pool,
  syncId: string,
  fits: (position: SyncPosition) => boolean,
): Promise<SyncPosition | undefined> {
  const { rows } = await pool.query<{ position: unknown }>(selectPosition({ syncId }));
  const read = position.safeParse(rows[0]?.position);
  if (read.success && fits(read.data)) return read.data;
  await clearStaged(pool, syncId);
  await pool.query(insertPosition({ syncId }));
  return undefined;
}
