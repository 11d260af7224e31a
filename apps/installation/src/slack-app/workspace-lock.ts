// Serialises what changes the app's tokens of one workspace, over all processes: granting and revoking. Without it, a
// revocation that is still repeated could end the token that a new connection has just got (without rotation Slack
// hands out the same token again). Held until the end of the transaction. Taken before any lock of a row.
import { defineStatement } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';

export async function lockWorkspace(manager: EntityManager, workspaceId: string): Promise<void> {
  const { text, values } = lock({ workspaceId });
  await manager.query(text, values);
}

const lock = defineStatement({
  parameters: { workspaceId: 'text' },
  text: (p) => `
SELECT set_config('idle_in_transaction_session_timeout', '30s', true),
       pg_advisory_xact_lock(hashtextextended('workspace:' || ${p.workspaceId}, 0))`,
});
