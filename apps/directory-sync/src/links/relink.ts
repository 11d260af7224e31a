// Computes the links of some members from the stored members and Slack users, and publishes their recipients.
// Guarantees: one set of statements for all members; only rows that differ are written; one record is published for
// each member whose state differs; all in the caller's transaction; a repetition changes nothing.
import { nextVersion, recipientChanged, type Link } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { encode, tombstone, type RawRecord } from '@carillon/messaging';
import { addToOutbox, defineStatement, rows } from '@carillon/persistence';
import type { PoolClient } from 'pg';
import type { GuestPolicy } from '../policy/directory-policy.ts';
import { match, type Choice, type Match, type SlackPerson } from './match.ts';
import { digestOf, recipientOf, type MemberRow } from './recipient.ts';

export interface MemberRef {
  tenantId: string;
  memberId: string;
}

export interface Relinked {
  links: number;
  recipients: number;
}

/**
 * Waits until no other transaction changes the members, users or links of these tenants. Without it, two transactions
 * that add a member and the matching Slack user would not see each other. The lock is held until the end of the
 * transaction; `relink` relies on it.
 */
export async function lockTenants(client: PoolClient, tenantIds: Iterable<string>): Promise<void> {
  await client.query(lockAll({ tenantIds: [...tenantIds] }));
}

const lockAll = defineStatement({
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT pg_advisory_xact_lock(hash) FROM
  (SELECT DISTINCT hashtextextended('tenant:' || id, 0) AS hash FROM unnest(${p.tenantIds}) AS t (id) ORDER BY hash) AS hashes`,
});

export async function relink(client: PoolClient, refs: readonly MemberRef[]): Promise<Relinked> {
  if (refs.length === 0) return { links: 0, recipients: 0 };
  const known = await read(client, refs);
  const changedLinks: (MemberRef & { link: Link })[] = [];
  const changedRecipients: (MemberRef & { version: number; digest: string | null })[] = [];
  const records: RawRecord[] = [];

  for (const row of known.members) {
    const key = keyOf(row);
    const version = nextVersion(Number(row.publishedVersion ?? 0));
    if (!row.present) {
      if (row.digest === null) continue;
      changedRecipients.push({ tenantId: row.tenantId, memberId: row.memberId, version, digest: null });
      records.push(tombstone(recipientChanged, key, version));
      continue;
    }
    const links: Link[] = [];
    for (const installationId of known.installations.get(row.tenantId) ?? []) {
      const before = known.links.get(`${installationId} ${key}`);
      const people = [...(known.byEmail.get(`${installationId} ${row.emailKey}`) ?? [])];
      const chosen =
        before?.choice === 'manual' ? known.byId.get(`${installationId} ${before.slackUserId}`) : undefined;
      if (chosen && !people.includes(chosen)) people.push(chosen);
      const now = match({ ...row, choice: choiceOf(before) }, people, row.guests);
      const link = { installationId, ...now };
      links.push(link);
      if (!before || !same(before, now)) changedLinks.push({ tenantId: row.tenantId, memberId: row.memberId, link });
    }
    const recipient = recipientOf(row, links);
    const digest = digestOf(recipient);
    if (digest === row.digest) continue;
    changedRecipients.push({ tenantId: row.tenantId, memberId: row.memberId, version, digest });
    const outgoing = {
      id: uuidv5(key, String(version)),
      source: '/carillon/directory-sync',
      subject: row.memberId,
      data: { ...recipient, version },
    };
    records.push(encode(recipientChanged, outgoing, { validate: false }));
  }

  const gone = known.members.filter((member) => !member.present);
  if (gone.length > 0) {
    await client.query(deleteLinks({ gone }));
    await client.query(deleteAttempts({ gone }));
  }
  await writeLinks(client, changedLinks);
  await writeRecipients(client, changedRecipients);
  await addToOutbox(client, records);
  return { links: changedLinks.length, recipients: changedRecipients.length };
}

interface KnownMember extends MemberRow {
  present: boolean;
  /** Another active member has the address too. An inactive member contests nothing: nobody is told as that one. */
  contested: boolean;
  guests: GuestPolicy;
  publishedVersion: string | null;
  digest: string | null;
}

interface KnownLink extends MemberRef {
  installationId: string;
  status: string;
  teamId: string | null;
  slackUserId: string | null;
  choice: 'manual' | 'removed' | null;
}

const keyOf = (ref: MemberRef) => `${ref.tenantId}:${ref.memberId}`;

const deleteLinks = defineStatement({
  parameters: { gone: rows({ tenantId: 'text', memberId: 'text' }) },
  text: (p) => `
DELETE FROM link USING ${p.gone.as('gone')} WHERE link.tenant_id = gone.tenant_id AND link.member_id = gone.member_id`,
});

const deleteAttempts = defineStatement({
  parameters: { gone: rows({ tenantId: 'text', memberId: 'text' }) },
  text: (p) => `
DELETE FROM self_link_attempt a USING ${p.gone.as('gone')} WHERE a.tenant_id = gone.tenant_id AND a.member_id = gone.member_id`,
});

const readMembers = defineStatement({
  parameters: { refs: rows({ tenantId: 'text', memberId: 'text' }) },
  text: (p) => `
SELECT ref.tenant_id AS "tenantId", ref.member_id AS "memberId", m.email, m.email_key AS "emailKey", m.name, m.locale,
       m.time_zone AS "timeZone", m.roles, m.active, m.member_id IS NOT NULL AS present,
       r.version AS "publishedVersion", r.digest,
       coalesce(m.active, false) AND EXISTS (SELECT FROM member o
         WHERE o.tenant_id = m.tenant_id AND o.email_key = m.email_key AND o.member_id <> m.member_id
           AND o.active AND NOT o.deleted) AS contested,
       coalesce((SELECT guests FROM directory_policy p WHERE p.tenant_id = ref.tenant_id), 'none') AS guests
  FROM (SELECT DISTINCT * FROM ${p.refs.as('given')}) AS ref
  LEFT JOIN member m ON m.tenant_id = ref.tenant_id AND m.member_id = ref.member_id AND NOT m.deleted
  LEFT JOIN recipient r ON r.tenant_id = ref.tenant_id AND r.member_id = ref.member_id`,
});

const readInstallations = defineStatement({
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT installation_id AS "installationId", tenant_id AS "tenantId" FROM installation
 WHERE tenant_id = ANY(${p.tenantIds}) AND listed_at IS NOT NULL`,
});

const readLinks = defineStatement({
  parameters: { refs: rows({ tenantId: 'text', memberId: 'text' }) },
  text: (p) => `
SELECT tenant_id AS "tenantId", member_id AS "memberId", installation_id AS "installationId", status,
       team_id AS "teamId", slack_user_id AS "slackUserId", choice
  FROM link JOIN ${p.refs.as('ref')} USING (tenant_id, member_id)`,
});

const readPeople = defineStatement({
  parameters: {
    installationIds: 'text[]',
    emailKeys: 'text[]',
    chosen: rows({ installationId: 'text', slackUserId: 'text?' }),
  },
  text: (p) => `
SELECT installation_id AS "installationId", slack_user_id AS "slackUserId", team_id AS "teamId", email_key AS "emailKey", active, guest
  FROM slack_user WHERE installation_id = ANY(${p.installationIds}) AND email_key = ANY(${p.emailKeys})
UNION
SELECT installation_id, slack_user_id, team_id, email_key, active, guest
  FROM slack_user JOIN ${p.chosen.as('chosen')} USING (installation_id, slack_user_id)`,
});

async function read(client: PoolClient, refs: readonly MemberRef[]) {
  const members = await client.query<KnownMember>(readMembers({ refs }));
  const installations = await client.query<{ installationId: string; tenantId: string }>(
    readInstallations({ tenantIds: [...new Set(refs.map(({ tenantId }) => tenantId))] }),
  );
  const links = await client.query<KnownLink>(readLinks({ refs }));
  const chosen = links.rows.filter((link) => link.choice === 'manual');
  const people = await client.query<SlackPerson & { installationId: string }>(
    readPeople({
      installationIds: installations.rows.map(({ installationId }) => installationId),
      emailKeys: members.rows.filter(({ present }) => present).map(({ emailKey }) => emailKey),
      chosen,
    }),
  );
  const byEmail = new Map<string, SlackPerson[]>();
  const byId = new Map<string, SlackPerson>();
  for (const person of people.rows) {
    byId.set(`${person.installationId} ${person.slackUserId}`, person);
    append(byEmail, `${person.installationId} ${person.emailKey}`, person);
  }
  const byTenant = new Map<string, string[]>();
  for (const { tenantId, installationId } of installations.rows) append(byTenant, tenantId, installationId);
  return {
    members: members.rows,
    installations: byTenant,
    links: new Map(links.rows.map((link) => [`${link.installationId} ${keyOf(link)}`, link])),
    byEmail,
    byId,
  };
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function choiceOf(link: KnownLink | undefined): Choice | undefined {
  if (link?.choice === 'removed') return { kind: 'removed' };
  if (link?.choice !== 'manual' || link.slackUserId === null) return undefined;
  return { kind: 'manual', slackUserId: link.slackUserId, teamId: link.teamId ?? undefined };
}

const same = (before: KnownLink, now: Match) =>
  before.status === now.status &&
  before.teamId === (now.teamId ?? null) &&
  before.slackUserId === (now.slackUserId ?? null);

const upsertLinks = defineStatement({
  parameters: {
    links: rows({
      tenantId: 'text',
      memberId: 'text',
      installationId: 'text',
      status: 'text',
      teamId: 'text?',
      slackUserId: 'text?',
    }),
  },
  text: (p) => `
INSERT INTO link (${p.links.columns})
SELECT ${p.links.columns} FROM ${p.links.as('u')}
ON CONFLICT (tenant_id, member_id, installation_id) DO UPDATE
  SET status = excluded.status, team_id = excluded.team_id, slack_user_id = excluded.slack_user_id, changed_at = now()`,
});

async function writeLinks(client: PoolClient, changed: readonly (MemberRef & { link: Link })[]): Promise<void> {
  if (changed.length === 0) return;
  const links = changed.map(({ tenantId, memberId, link }) => ({
    tenantId,
    memberId,
    installationId: link.installationId,
    status: link.status,
    teamId: link.teamId,
    slackUserId: link.slackUserId,
  }));
  await client.query(upsertLinks({ links }));
}

const upsertRecipients = defineStatement({
  parameters: { recipients: rows({ tenantId: 'text', memberId: 'text', version: 'bigint', digest: 'text?' }) },
  text: (p) => `
INSERT INTO recipient (${p.recipients.columns})
SELECT ${p.recipients.columns} FROM ${p.recipients.as('u')}
ON CONFLICT (tenant_id, member_id) DO UPDATE SET version = excluded.version, digest = excluded.digest`,
});

async function writeRecipients(
  client: PoolClient,
  recipients: readonly (MemberRef & { version: number; digest: string | null })[],
): Promise<void> {
  if (recipients.length > 0) await client.query(upsertRecipients({ recipients }));
}
