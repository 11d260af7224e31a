// Erases the users, channels and links of an installation, and what was begun, asked or listed of them. Guarantees:
// every member that was linked is published without the link; each transaction has a bounded size; a repetition
// after a crash finishes the rest.
import { defineStatement, inTransaction } from '@carillon/persistence';
import type { Pool } from 'pg';
import { clearEndedSyncs } from '../syncs/sync-position.ts';
import { lockTenants, relink, type MemberRef } from '../links/relink.ts';

const membersPerStep = 1_000;
const rowsPerStep = 5_000;

export async function eraseInstallation(pool: Pool, installationId: string, alive: () => Promise<void>): Promise<void> {
  while ((await unlinkSome(pool, installationId)) === membersPerStep) await alive();
  await clearEndedSyncs(pool, installationId);
  for (const step of steps) while ((await pool.query(step({ installationId }))).rowCount === rowsPerStep) await alive();
  await pool.query(markErased({ installationId }));
}

function unlinkSome(pool: Pool, installationId: string): Promise<number> {
  return inTransaction(pool, async (client) => {
    const owner = await client.query<{ tenantId: string }>(selectTenant({ installationId }));
    await lockTenants(
      client,
      owner.rows.map((row) => row.tenantId),
    );
    const unlinked = await client.query<MemberRef>(deleteLinks({ installationId }));
    await relink(client, unlinked.rows);
    return unlinked.rows.length;
  });
}

const parameters = { installationId: 'text' } as const;

const steps = (
  [
    ['slack_user', 'slack_user_id'],
    ['channel', 'channel_id'],
    ['channel_question', 'channel_id'],
    ['self_link_attempt', 'member_id'],
  ] as const
).map(([table, key]) =>
  defineStatement({
    parameters,
    text: (p) => `
DELETE FROM ${table} WHERE installation_id = ${p.installationId} AND ${key} IN
  (SELECT ${key} FROM ${table} WHERE installation_id = ${p.installationId} LIMIT ${rowsPerStep})`,
  }),
);
const markErased = defineStatement({
  parameters,
  text: (p) => `UPDATE installation SET to_be_erased = false WHERE installation_id = ${p.installationId}`,
});
const selectTenant = defineStatement({
  parameters,
  text: (p) => `SELECT tenant_id AS "tenantId" FROM installation WHERE installation_id = ${p.installationId}`,
});
const deleteLinks = defineStatement({
  parameters,
  text: (p) => `
DELETE FROM link WHERE (tenant_id, member_id, installation_id) IN
  (SELECT tenant_id, member_id, installation_id FROM link WHERE installation_id = ${p.installationId} LIMIT ${membersPerStep})
RETURNING tenant_id AS "tenantId", member_id AS "memberId"`,
});
