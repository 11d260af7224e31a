// Notes for the unfinished syncs what an event said is gone, lest a page that was read before brings it back. In the
// caller's transaction. What a page says that is read later counts.
import { defineStatement, rows } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';

interface Gone {
  installationId: string;
  id: string;
  /** When Slack said so, in ms since 1970. */
  at: number;
}

const noteIn = (table: string, key: string) =>
  defineStatement({
    name: `${table}-gone`,
    parameters: { gone: rows({ installationId: 'text', id: 'text', at: 'bigint' }) },
    text: (p) => `
INSERT INTO ${table} AS s (sync_id, ${key}, team_id, known_at, gone)
SELECT sync.id, given.id, '', max(given.at), true
  FROM ${p.gone.as('given')} JOIN sync USING (installation_id) JOIN sync_position ON sync_position.sync_id = sync.id
 WHERE sync.state IN ('waiting', 'running') GROUP BY sync.id, given.id
ON CONFLICT (sync_id, ${key}) DO UPDATE SET known_at = excluded.known_at, gone = true WHERE s.known_at <= excluded.known_at`,
  });
const statements = {
  users: noteIn('staged_slack_user', 'slack_user_id'),
  channels: noteIn('staged_channel', 'channel_id'),
};

export async function noteGone(
  db: Pick<Pool | PoolClient, 'query'>,
  what: 'users' | 'channels',
  gone: readonly Gone[],
): Promise<void> {
  await db.query(statements[what]({ gone }));
}
