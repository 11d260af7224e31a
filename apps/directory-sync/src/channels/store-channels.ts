// Writes what Slack said of single channels, by an event or an answer. Guarantee: what was known later stays.
import { defineStatement, rows } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';

export interface ChannelKey {
  installationId: string;
  id: string;
}

export interface StoredChannel extends ChannelKey {
  teamId: string;
  name: string;
  private: boolean;
  archived: boolean;
  /** Whether the app is in it. */
  member: boolean;
  /** When Slack said so, in ms since 1970. */
  knownAt: number;
}

type Queryable = Pick<Pool | PoolClient, 'query'>;

const key = { installationId: 'text', id: 'text' } as const;

const upsertChannels = defineStatement({
  name: 'channels-store',
  parameters: {
    channels: rows({
      ...key,
      teamId: 'text',
      name: 'text',
      private: 'boolean',
      archived: 'boolean',
      member: 'boolean',
      knownAt: 'bigint',
    }),
  },
  text: (p) => `
INSERT INTO channel (installation_id, channel_id, team_id, name, private, archived, member, known_at)
SELECT installation_id, id, team_id, name, private, archived, member, known_at FROM ${p.channels.as('given')}
ON CONFLICT (installation_id, channel_id) DO UPDATE
  SET team_id = excluded.team_id, name = excluded.name, private = excluded.private, archived = excluded.archived,
      member = excluded.member, known_at = excluded.known_at
WHERE channel.known_at <= excluded.known_at`,
});

const deleteChannels = defineStatement({
  name: 'channels-delete',
  parameters: { channels: rows(key), knownAt: 'bigint' },
  text: (p) => `
DELETE FROM channel c USING ${p.channels.as('given')}
 WHERE c.installation_id = given.installation_id AND c.channel_id = given.id AND c.known_at <= ${p.knownAt}`,
});

export async function storeChannels(db: Queryable, channels: readonly StoredChannel[]): Promise<void> {
  await db.query(upsertChannels({ channels }));
}

/** @param knownAt when Slack said so; what was known later stays */
export async function removeChannels(db: Queryable, channels: readonly ChannelKey[], knownAt: number): Promise<void> {
  await db.query(deleteChannels({ channels, knownAt }));
}
