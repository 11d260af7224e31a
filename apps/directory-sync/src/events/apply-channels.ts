// Stores what events say of channels. Guarantees: a channel that is not known, whose events came out of order, or whose
// creation is told late, is noted as one to ask Slack about, and stays as it is until then. So is one that is gone, a
// little later: its creation may still come, and would bring it back. In the caller's transaction, which holds the
// tenant's lock.
import { defineStatement, rows } from '@carillon/persistence';
import type { PoolClient } from 'pg';
import { removeChannels, storeChannels, type ChannelKey, type StoredChannel } from '../channels/store-channels.ts';
import { noteGone } from '../syncs/staged-deletions.ts';
import { keyOf, nameOf, type ChannelNews, type Seen } from './directory-news.ts';
import { listedFrom } from './known-since.ts';

/** After this time it may have been renamed or deleted, and that event may be lost. */
const lateMs = 60_000;

const key = { installationId: 'text', id: 'text' } as const;

const selectKnown = defineStatement({
  name: 'events-channels-known',
  parameters: { channels: rows(key) },
  text: (p) => `
SELECT c.installation_id AS "installationId", c.channel_id AS id, c.team_id AS "teamId", c.name, c.private, c.archived,
       c.member, c.known_at::float8 AS "knownAt"
  FROM ${p.channels.as('given')} JOIN channel c ON c.installation_id = given.installation_id AND c.channel_id = given.id`,
});

const insertQuestions = defineStatement({
  name: 'channels-ask',
  parameters: { tenantId: 'text', channels: rows(key), afterMs: 'float8' },
  text: (p) => `
INSERT INTO channel_question (installation_id, channel_id, tenant_id, not_before)
SELECT DISTINCT installation_id, id, ${p.tenantId}, now() + ${p.afterMs} * interval '1 ms' FROM ${p.channels.as('given')}
ON CONFLICT (installation_id, channel_id) DO UPDATE SET attempt = 0, not_before = excluded.not_before`,
});

/** Whether there is something to ask about. */
export async function applyChannels(
  client: PoolClient,
  tenantId: string,
  seen: readonly Seen<ChannelNews>[],
): Promise<boolean> {
  const { rows: found } = await client.query<StoredChannel>(selectKnown({ channels: seen.map(keyOf) }));
  const known = new Map(found.map((row) => [nameOf(row), row]));
  const listed = await listedFrom(
    client,
    seen.map(({ installationId }) => installationId),
  );
  const changed = new Map<string, StoredChannel>();
  const gone = new Map<string, ChannelKey>();
  const unclear: ChannelKey[] = [];
  const told: Seen<ChannelNews>[] = [];
  for (const one of seen) {
    const name = nameOf(one);
    if (one.at < listed(one.installationId).channels) continue;
    const next = nextOf(known.get(name), one);
    if (next === 'gone') {
      told.push(one);
      if (known.delete(name)) gone.set(name, keyOf(one));
      changed.delete(name);
    } else if (next === 'unclear') unclear.push(keyOf(one));
    else {
      known.set(name, next);
      changed.set(name, next);
      gone.delete(name);
    }
  }
  if (gone.size > 0) await removeChannels(client, [...gone.values()], Number.MAX_SAFE_INTEGER);
  if (told.length > 0) await noteGone(client, 'channels', told);
  if (changed.size > 0) await storeChannels(client, [...changed.values()]);
  if (gone.size > 0)
    await client.query(insertQuestions({ tenantId, channels: [...gone.values()], afterMs: lateMs + 30_000 }));
  if (unclear.length > 0) await client.query(insertQuestions({ tenantId, channels: unclear, afterMs: 0 }));
  return unclear.length > 0;
}

function nextOf(before: StoredChannel | undefined, { installationId, id, teamId, at, change }: Seen<ChannelNews>) {
  if (before) {
    if (at < before.knownAt) return 'unclear';
    if (change.gone) return 'gone';
    return { ...before, ...change, knownAt: at };
  }
  if (change.gone) return 'gone';
  const { name, archived } = change;
  const isNew = name !== undefined && archived === false;
  if (!isNew || teamId === undefined || at < Date.now() - lateMs) return 'unclear';
  return { installationId, id, teamId, name, private: false, member: false, archived, knownAt: at };
}
