// Lists the members of a tenant with their links, and counts them by status.
import { z } from 'zod';
import { linkStatus, linkStatuses, type LinkStatus } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import type { Pool } from 'pg';
import { containing } from '../installations/installation-of-tenant.ts';

export const personLink = z.object({
  installationId: z.string(),
  status: linkStatus,
  teamId: z.string().nullable(),
  slackUserId: z.string().nullable(),
  slackName: z.string().nullable(),
  slackEmail: z.string().nullable(),
  /** Where somebody set or removed the link: who and when; `by` is null where that was not recorded. */
  chosen: z.object({ by: z.string().nullable(), at: z.string(), how: z.enum(['admin', 'self']) }).nullable(),
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

/** Of `link l`. */
export const chosen = `CASE WHEN l.choice IS NOT NULL THEN jsonb_build_object('by', l.chosen_by, 'how', l.chosen_how,
    'at', to_char(l.chosen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END`;

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
                         'slackUserId', l.slack_user_id, 'slackName', u.name, 'slackEmail', u.email, 'chosen', ${chosen}) ORDER BY l.installation_id)
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
