// Stores the links that somebody sets or removes by hand. Guarantees: the choice with who made it and when, the
// recipient that follows from it and the audit entry are one transaction; only people whom Slack named can be chosen;
// a member who links themselves takes no account that another member has by hand, and none that the tenant's policy
// keeps out; an error says what to do.
import { isStorable, normaliseEmail } from '@carillon/domain';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { notFound, Problem, problemOfFields, type AuditLog, type Identity } from '@carillon/runtime';
import type { Pool, PoolClient } from 'pg';
import type { InstallationOfTenant } from '../installations/installation-of-tenant.ts';
import { policyOf } from '../policy/directory-policy.ts';
import type { GuestKind } from '../slack/slack-people.ts';
import { admits } from './match.ts';
import { chosen, type PersonLink } from './people.ts';
import { lockTenants, relink } from './relink.ts';

const storeChoice = defineStatement({
  parameters: {
    tenantId: 'text',
    memberId: 'text',
    installationId: 'text',
    teamId: 'text?',
    slackUserId: 'text?',
    choice: 'text',
    by: 'text',
    how: 'text',
  },
  text: (p) => `
INSERT INTO link (tenant_id, member_id, installation_id, status, team_id, slack_user_id, choice, chosen_by, chosen_at, chosen_how)
VALUES (${p.tenantId}, ${p.memberId}, ${p.installationId}, 'unmatched', ${p.teamId}, ${p.slackUserId}, ${p.choice}, ${p.by}, now(), ${p.how})
ON CONFLICT (tenant_id, member_id, installation_id) DO UPDATE
  SET team_id = excluded.team_id, slack_user_id = excluded.slack_user_id, choice = excluded.choice, chosen_by = excluded.chosen_by,
      chosen_at = excluded.chosen_at, chosen_how = excluded.chosen_how, changed_at = now()`,
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
       u.name AS "slackName", u.email AS "slackEmail", ${chosen} AS chosen
  FROM link l LEFT JOIN slack_user u USING (installation_id, slack_user_id)
 WHERE l.tenant_id = ${p.tenantId} AND l.member_id = ${p.memberId} AND l.installation_id = ${p.installationId}`,
});

const found = 'slack_user_id AS "slackUserId", team_id AS "teamId", active, guest';
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

const selectHolder = defineStatement({
  parameters: { installationId: 'text', slackUserId: 'text', memberId: 'text' },
  text: (p) => `
SELECT FROM link WHERE installation_id = ${p.installationId} AND slack_user_id = ${p.slackUserId} AND choice = 'manual'
   AND member_id <> ${p.memberId} LIMIT 1`,
});

export type Chosen = { email: string } | { slackUserId: string };

/** The database in which a choice is stored, and who makes it. */
export interface DecisionContext {
  pool: Pool;
  audit: Pick<AuditLog, 'record'>;
  caller: Pick<Identity, 'tenantId' | 'memberId' | 'roles' | 'address'>;
  /** `self`: Slack has proven that the account is the member's own. */
  how: 'admin' | 'self';
}

/** Why a member cannot link the account that Slack proved to be theirs. */
export class SelfLinkRefused extends Error {
  override readonly name = 'SelfLinkRefused';
  readonly retry = 'never';

  constructor(readonly code: SelfLinkRefusal) {
    super(selfLinkRefusals[code]);
  }
}

export const selfLinkRefusals = {
  not_allowed: 'Your organisation does not let members link their own Slack account. Ask an administrator.',
  held_by_another: 'Another member has this Slack account already. Ask an administrator to change that first.',
  guest: 'This Slack account is a guest, and your organisation does not link guests. Ask an administrator.',
  deactivated: 'This Slack account is deactivated. Ask an administrator of the workspace to activate it again.',
  not_a_person: 'This Slack account is no person of the workspace. Sign in to Slack with your own account.',
} as const;
export type SelfLinkRefusal = keyof typeof selfLinkRefusals;

export function linkByHand(
  context: DecisionContext,
  installation: InstallationOfTenant,
  memberId: string,
  wanted: Chosen,
): Promise<PersonLink> {
  return decide(context, installation, memberId, async (client) => {
    const { slackUserId, teamId, guest } = await personFor(client, context, installation, wanted);
    if (context.how === 'self') await checkSelfLink(client, installation, memberId, { slackUserId, guest });
    return { choice: 'manual', slackUserId, teamId };
  });
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
  { pool, audit, caller, how }: DecisionContext,
  { tenantId, installationId, name }: InstallationOfTenant,
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
      throw new Problem(409, 'Conflict', `the people of ${name} are not listed yet; try again after its first sync`);
    const { choice, slackUserId, teamId } = await choose(client);
    const by = caller.memberId;
    await client.query(storeChoice({ tenantId, memberId, installationId, teamId, slackUserId, choice, by, how }));
    await relink(client, [{ tenantId, memberId }]);
    const link = await client.query<PersonLink>(selectLink({ tenantId, memberId, installationId }));
    const action = choice === 'manual' ? 'link.set' : 'link.removed';
    await audit.record(client, caller, {
      action,
      subject: `member:${memberId}`,
      tenantId,
      detail: { installationId, how, ...(slackUserId !== null && { slackUserId }) },
    });
    return link.rows[0]!;
  });
}

interface FoundPerson {
  slackUserId: string;
  teamId: string;
  guest: GuestKind | null;
}

async function personFor(
  client: PoolClient,
  { how }: DecisionContext,
  { installationId, name }: InstallationOfTenant,
  wanted: Chosen,
): Promise<FoundPerson> {
  const path = 'email' in wanted ? 'email' : 'slackUserId';
  const { rows: found } = await client.query<FoundPerson & { active: boolean }>(
    'email' in wanted
      ? selectByEmail({ installationId, emailKey: normaliseEmail(wanted.email) })
      : selectById({ installationId, slackUserId: wanted.slackUserId }),
  );
  const [only, ...others] = found.filter((person) => person.active);
  if (only && others.length === 0) return only;
  const refuse = (message: string) => problemOfFields([{ path, message }]);
  if (only) throw refuse(`several active people in ${name} have this address; choose one by slackUserId`);
  if (found.length === 0) throw new UnknownSlackUser(path, name);
  if (how === 'self') throw new SelfLinkRefused('deactivated');
  throw refuse(`this person is deactivated in ${name}; choose another one, or activate them in Slack first`);
}

async function checkSelfLink(
  client: PoolClient,
  { tenantId, installationId }: InstallationOfTenant,
  memberId: string,
  { slackUserId, guest }: Pick<FoundPerson, 'slackUserId' | 'guest'>,
): Promise<void> {
  const policy = await policyOf(client, tenantId);
  if (!policy.selfLink) throw new SelfLinkRefused('not_allowed');
  if (!admits(policy.guests, guest)) throw new SelfLinkRefused('guest');
  const holder = await client.query(selectHolder({ installationId, slackUserId, memberId }));
  if (holder.rowCount !== 0) throw new SelfLinkRefused('held_by_another');
}

/** Whom no list and no event has named yet. */
export class UnknownSlackUser extends Problem {
  constructor(path: string, name: string) {
    const what = path === 'email' ? 'address' : 'id';
    const message = `no one in ${name} had this ${what} when its people were last listed; connect ${name} again to have Slack asked`;
    super(400, 'Bad Request', `not valid: ${path}`, [{ path, message }]);
  }
}
