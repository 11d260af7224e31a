// Stores what events say of people, and links the members that it concerns: those with the address of before or of now,
// and those who are linked to the person. In the caller's transaction, which holds the tenant's lock.
import { defineStatement, rows } from '@carillon/persistence';
import type { PoolClient } from 'pg';
import { relink, type MemberRef } from '../links/relink.ts';
import { noteGone } from '../syncs/staged-deletions.ts';
import { keyOf, nameOf, type Seen, type UserNews } from './directory-news.ts';
import { listedFrom } from './known-since.ts';

interface Known {
  installationId: string;
  id: string;
  teamId: string;
  emailKey: string | null;
  knownAt: number;
}

const key = { installationId: 'text', id: 'text' } as const;

const selectKnown = defineStatement({
  name: 'events-users-known',
  parameters: { users: rows(key) },
  text: (p) => `
SELECT u.installation_id AS "installationId", u.slack_user_id AS id, u.team_id AS "teamId", u.email_key AS "emailKey",
       u.known_at::float8 AS "knownAt"
  FROM ${p.users.as('given')} JOIN slack_user u ON u.installation_id = given.installation_id AND u.slack_user_id = given.id`,
});

const upsertUsers = defineStatement({
  name: 'events-users-store',
  parameters: {
    users: rows({
      ...key,
      teamId: 'text',
      name: 'text',
      email: 'text?',
      emailKey: 'text?',
      timeZone: 'text?',
      active: 'boolean',
      guest: 'text?',
      knownAt: 'bigint',
    }),
  },
  text: (p) => `
INSERT INTO slack_user (installation_id, slack_user_id, team_id, name, email, email_key, time_zone, active, guest, known_at)
SELECT installation_id, id, team_id, name, email, email_key, time_zone, active, guest, known_at FROM ${p.users.as('given')}
ON CONFLICT (installation_id, slack_user_id) DO UPDATE
  SET team_id = excluded.team_id, name = excluded.name, email = excluded.email, email_key = excluded.email_key,
      time_zone = excluded.time_zone, active = excluded.active, guest = excluded.guest, known_at = excluded.known_at`,
});

const deleteUsers = defineStatement({
  name: 'events-users-delete',
  parameters: { users: rows(key) },
  text: (p) => `
DELETE FROM slack_user u USING ${p.users.as('given')}
 WHERE u.installation_id = given.installation_id AND u.slack_user_id = given.id`,
});

const selectMembers = defineStatement({
  name: 'events-users-members',
  parameters: { tenantId: 'text', emailKeys: 'text[]', users: rows(key) },
  text: (p) => `
SELECT tenant_id AS "tenantId", member_id AS "memberId" FROM member
 WHERE tenant_id = ${p.tenantId} AND email_key = ANY (${p.emailKeys}) AND NOT deleted
UNION
SELECT l.tenant_id, l.member_id FROM ${p.users.as('given')}
  JOIN link l ON l.installation_id = given.installation_id AND l.slack_user_id = given.id
 WHERE l.tenant_id = ${p.tenantId}`,
});

export async function applyUsers(client: PoolClient, tenantId: string, seen: readonly Seen<UserNews>[]): Promise<void> {
  const newest = newestOfEach(seen);
  const { rows: found } = await client.query<Known>(selectKnown({ users: newest.map(keyOf) }));
  const known = new Map(found.map((one) => [nameOf(one), one]));
  const listed = await listedFrom(
    client,
    newest.map(({ installationId }) => installationId),
  );
  const news = newest.filter((one) => {
    const { installationId, at } = one;
    return at >= (known.get(nameOf(one))?.knownAt ?? 0) && at >= listed(installationId).users;
  });
  const stored = news.flatMap(({ row, teamId, ...one }) => {
    const before = known.get(nameOf(one))?.teamId;
    // A person of several workspaces of an organisation belongs to the one whose id sorts first, as in its lists.
    const team = before !== undefined && (teamId === undefined || before < teamId) ? before : teamId;
    if (row === null || team === undefined) return [];
    const { name, email, email_key: emailKey, time_zone: timeZone, active, guest } = row;
    return [{ ...keyOf(one), teamId: team, name, email, emailKey, timeZone, active, guest, knownAt: one.at }];
  });
  const gone = news.filter((one) => one.row === null && known.has(nameOf(one)));
  if (stored.length > 0) await client.query(upsertUsers({ users: stored }));
  if (gone.length > 0) await client.query(deleteUsers({ users: gone.map(keyOf) }));
  const nobody = news.filter((one) => one.row === null);
  if (nobody.length > 0) await noteGone(client, 'users', nobody);
  const changed = [...stored, ...gone];
  if (changed.length === 0) return;
  const emailKeys = [
    ...stored.flatMap(({ emailKey }) => emailKey ?? []),
    ...changed.flatMap((one) => known.get(nameOf(one))?.emailKey ?? []),
  ];
  const members = await client.query<MemberRef>(selectMembers({ tenantId, emailKeys, users: changed.map(keyOf) }));
  await relink(client, members.rows);
}

/** Of several at one time the last one counts. */
function newestOfEach(seen: readonly Seen<UserNews>[]): Seen<UserNews>[] {
  const newest = new Map<string, Seen<UserNews>>();
  for (const one of seen) if (one.at >= (newest.get(nameOf(one))?.at ?? -Infinity)) newest.set(nameOf(one), one);
  return [...newest.values()];
}
