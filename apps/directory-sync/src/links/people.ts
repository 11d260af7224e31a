// Lists the members of a tenant with their links, and stores the links that an admin sets or removes. Guarantees: the
// admin's choice, the recipient that follows from it and the audit entry are one transaction; only users that Slack
// listed can be chosen.
import { z } from 'zod';
import { isStorable, linkStatus, linkStatuses, normaliseEmail, type LinkStatus } from '@carillon/domain';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { notFound, Problem, type AuditCaller, type AuditLog } from '@carillon/runtime';
import type { Pool, PoolClient } from 'pg';
import { containing, type InstallationOfTenant } from '../installations/installation-of-tenant.ts';
import { lockTenants, relink } from './relink.ts';

export const personLink = z.object({
  installationId: z.string(),
  status: linkStatus,
  teamId: z.string().nullable(),
  slackUserId: z.string().nullable(),
  slackName: z.string().nullable(),
  slackEmail: z.string().nullable(),
});
export type PersonLink = z.output<typeof personLink>;

export const person = z.object({
  memberId: z.string(),
  email: z.string(),
  name: z.string(),
  active: z.boolean(),
  links: z.array(personLink),
});
export type Person = z.output<typeof person>;

export interface PeopleFilter {
  tenantId: string;
  status?: LinkStatus | undefined;
  installation?: string | undefined;
  q?: string | undefined;
  after: string;
  limit: number;
}

export async function findPeople(
  pool: Pool,
  { tenantId, status, installation, q, after, limit }: PeopleFilter,
): Promise<Person[]> {
  const found = await pool.query<Person>(
    selectPeople({ tenantId, status, installation, q: containing(q), after, limit }),
  );
  return found.rows;
}

const countLinks = defineStatement({
  parameters: { tenantId: 'text', installation: 'text?' },
  text: (p) => `
SELECT l.status, count(*)::int AS count FROM link l JOIN member m ON m.tenant_id = l.tenant_id AND m.member_id = l.member_id
 WHERE l.tenant_id = ${p.tenantId} AND NOT m.deleted AND (${p.installation} IS NULL OR l.installation_id = ${p.installation})
 GROUP BY l.status`,
});

export async function countPeople(
  pool: Pool,
  tenantId: string,
  installation: string | undefined,
): Promise<Record<LinkStatus, number>> {
  const found = await pool.query<{ status: LinkStatus; count: number }>(countLinks({ tenantId, installation }));
  const counts = Object.fromEntries(linkStatuses.map((status) => [status, 0])) as Record<LinkStatus, number>;
  for (const { status, count } of found.rows) counts[status] = count;
  return counts;
}

const selectPeople = defineStatement({
  parameters: {
    tenantId: 'text',
    status: 'text?',
    installation: 'text?',
    q: 'text?',
    after: 'text',
    limit: 'integer',
  },
  text: (p) => `
SELECT m.member_id AS "memberId", m.email, m.name, m.active,
       coalesce((SELECT jsonb_agg(jsonb_build_object('installationId', l.installation_id, 'status', l.status, 'teamId', l.team_id,
                         'slackUserId', l.slack_user_id, 'slackName', u.name, 'slackEmail', u.email) ORDER BY l.installation_id)
                   FROM link l LEFT JOIN slack_user u USING (installation_id, slack_user_id)
                  WHERE l.tenant_id = m.tenant_id AND l.member_id = m.member_id
                    AND (${p.installation} IS NULL OR l.installation_id = ${p.installation})), '[]') AS links
  FROM member m
 WHERE m.tenant_id = ${p.tenantId} AND NOT m.deleted AND m.member_id > ${p.after}
   AND (${p.status} IS NULL OR EXISTS (SELECT FROM link l WHERE l.tenant_id = m.tenant_id AND l.member_id = m.member_id
                                     AND l.status = ${p.status} AND (${p.installation} IS NULL OR l.installation_id = ${p.installation})))
   AND (${p.q} IS NULL OR m.member_id ILIKE ${p.q} OR m.name ILIKE ${p.q} OR m.email ILIKE ${p.q})
 ORDER BY m.member_id LIMIT ${p.limit}`,
});

const storeChoice = defineStatement({
  parameters: {
    tenantId: 'text',
    memberId: 'text',
    installationId: 'text',
    teamId: 'text?',
    slackUserId: 'text?',
    choice: 'text',
  },
  text: (p) => `
INSERT INTO link (tenant_id, member_id, installation_id, status, team_id, slack_user_id, choice)
VALUES (${p.tenantId}, ${p.memberId}, ${p.installationId}, 'unmatched', ${p.teamId}, ${p.slackUserId}, ${p.choice})
ON CONFLICT (tenant_id, member_id, installation_id) DO UPDATE
  SET team_id = excluded.team_id, slack_user_id = excluded.slack_user_id, choice = excluded.choice, changed_at = now()`,
});

const selectMember = defineStatement({
  parameters: { tenantId: 'text', memberId: 'text' },
  text: (p) => `SELECT FROM member WHERE tenant_id = ${p.tenantId} AND member_id = ${p.memberId} AND NOT deleted`,
});

const selectListed = defineStatement({
  parameters: { installationId: 'text' },
  text: (p) => `SELECT FROM installation WHERE installation_id = ${p.installationId} AND listed_at IS NOT NULL`,
});

const selectLink = defineStatement({
  parameters: { tenantId: 'text', memberId: 'text', installationId: 'text' },
  text: (p) => `
SELECT l.installation_id AS "installationId", l.status, l.team_id AS "teamId", l.slack_user_id AS "slackUserId",
       u.name AS "slackName", u.email AS "slackEmail"
  FROM link l LEFT JOIN slack_user u USING (installation_id, slack_user_id)
 WHERE l.tenant_id = ${p.tenantId} AND l.member_id = ${p.memberId} AND l.installation_id = ${p.installationId}`,
});

const found = 'slack_user_id AS "slackUserId", team_id AS "teamId", active';
const selectByEmail = defineStatement({
  parameters: { installationId: 'text', emailKey: 'text' },
  text: (p) => `
SELECT ${found} FROM slack_user WHERE installation_id = ${p.installationId} AND email_key = ${p.emailKey}`,
});
const selectById = defineStatement({
  parameters: { installationId: 'text', slackUserId: 'text' },
  text: (p) => `
SELECT ${found} FROM slack_user WHERE installation_id = ${p.installationId} AND slack_user_id = ${p.slackUserId}`,
});

export type Chosen = { email: string } | { slackUserId: string };

/** The database in which a choice is stored, and the admin who makes it. */
export interface DecisionContext {
  pool: Pool;
  audit: Pick<AuditLog, 'record'>;
  caller: AuditCaller;
}

export function linkByHand(
  context: DecisionContext,
  installation: InstallationOfTenant,
  memberId: string,
  chosen: Chosen,
): Promise<PersonLink> {
  return decide(context, installation, memberId, async (client) => ({
    choice: 'manual',
    ...(await personFor(client, installation, chosen)),
  }));
}

export function unlink(
  context: DecisionContext,
  installation: InstallationOfTenant,
  memberId: string,
): Promise<PersonLink> {
  return decide(context, installation, memberId, () =>
    Promise.resolve({ choice: 'removed', slackUserId: null, teamId: null }),
  );
}

interface Decided {
  choice: 'manual' | 'removed';
  slackUserId: string | null;
  teamId: string | null;
}

async function decide(
  { pool, audit, caller }: DecisionContext,
  { tenantId, installationId }: InstallationOfTenant,
  memberId: string,
  choose: (client: PoolClient) => Promise<Decided>,
): Promise<PersonLink> {
  if (!isStorable(memberId)) throw notFound('this member');
  return inTransaction(pool, async (client) => {
    await lockTenants(client, [tenantId]);
    const members = await client.query(selectMember({ tenantId, memberId }));
    if (members.rowCount === 0) throw notFound('this member');
    const listed = await client.query(selectListed({ installationId }));
    if (listed.rowCount === 0)
      throw new Problem(
        409,
        'Conflict',
        'the users of this workspace are not listed yet; try again after its first sync',
      );
    const { choice, slackUserId, teamId } = await choose(client);
    await client.query(storeChoice({ tenantId, memberId, installationId, teamId, slackUserId, choice }));
    await relink(client, [{ tenantId, memberId }]);
    const link = await client.query<PersonLink>(selectLink({ tenantId, memberId, installationId }));
    const action = choice === 'manual' ? 'link.set' : 'link.removed';
    await audit.record(client, caller, {
      action,
      subject: `member:${memberId}`,
      tenantId,
      detail: { installationId, ...(slackUserId !== null && { slackUserId }) },
    });
    return link.rows[0]!;
  });
}

async function personFor(
  client: PoolClient,
  { installationId }: InstallationOfTenant,
  chosen: Chosen,
): Promise<{ slackUserId: string; teamId: string }> {
  const path = 'email' in chosen ? 'email' : 'slackUserId';
  const found = await client.query<{ slackUserId: string; teamId: string; active: boolean }>(
    'email' in chosen
      ? selectByEmail({ installationId, emailKey: normaliseEmail(chosen.email) })
      : selectById({ installationId, slackUserId: chosen.slackUserId }),
  );
  const active = found.rows.filter((person) => person.active);
  const [only] = active;
  if (only && active.length === 1) return only;
  if (active.length > 1)
    throw refusal(path, 'several active users of this workspace have this address; choose one by slackUserId');
  if (found.rows.length > 0) throw refusal(path, 'this user is deactivated in Slack');
  throw new UnknownSlackUser(path);
}

/** Whom no list and no event has named yet. */
export class UnknownSlackUser extends Problem {
  constructor(path: string) {
    const message = 'the last sync found no user of this workspace with this value';
    super(400, 'Bad Request', `not valid: ${path}`, [{ path, message }]);
  }
}

const refusal = (path: string, message: string) =>
  new Problem(400, 'Bad Request', `not valid: ${path}`, [{ path, message }]);
