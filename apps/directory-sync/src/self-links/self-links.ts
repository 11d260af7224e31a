// Members link their own Slack account: Slack proves whose it is, and the proven account becomes a link by hand.
// Guarantees: policy and installation are checked before the browser is sent to Slack, and again with what Slack
// proved; each attempt that Slack answered ends in the audit log, as a link or as a refusal.
import { Problem, notFound, type AuditCaller, type AuditLog, type Identity, ReturnToPolicy } from '@carillon/runtime';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { Pool } from 'pg';
import { installationOfTenant, type InstallationOfTenant } from '../installations/installation-of-tenant.ts';
import { linkAskingSlack } from '../links/link-asking-slack.ts';
import { selfLinkRefusals, SelfLinkRefused } from '../links/link-by-hand.ts';
import { policyOf } from '../policy/directory-policy.ts';
import type { SlackClients } from '../slack/slack-clients.ts';
import type { Begun, SelfLinkAttempt, SelfLinkAttempts } from './self-link-attempts.ts';
import { Refused, type Refusal } from './self-link-refusals.ts';
import type { SlackSignIn } from './slack-sign-in.ts';

export interface SelfLinkParts {
  pool: Pool;
  audit: AuditLog;
  slack: Pick<SlackClients, 'of'>;
  signIn: SlackSignIn;
  attempts: SelfLinkAttempts;
  returnTo: ReturnToPolicy;
}

const selectMember = defineStatement({
  parameters: { tenantId: 'text', memberId: 'text' },
  text: (p) => `SELECT FROM member WHERE tenant_id = ${p.tenantId} AND member_id = ${p.memberId} AND NOT deleted`,
});

const selectCovering = defineStatement({
  parameters: { installationId: 'text', teamId: 'text' },
  text: (p) => `
SELECT FROM installation
 WHERE installation_id = ${p.installationId} AND (team_id = ${p.teamId} OR ${p.teamId} = ANY (team_ids))`,
});

export class SelfLinks {
  private readonly log = createLogger('self-links');

  constructor(private readonly parts: SelfLinkParts) {}

  async begin(
    caller: Identity,
    installation: InstallationOfTenant,
    returnTo: string | undefined,
  ): Promise<Begun & { url: string }> {
    const { pool, attempts, signIn } = this.parts;
    const { tenantId, name } = installation;
    if (returnTo !== undefined && !this.parts.returnTo.allows(returnTo)) {
      const message = 'is not an address that RETURN_TO_ORIGINS allows';
      throw new Problem(400, 'Bad Request', 'not valid: returnTo', [{ path: 'returnTo', message }], {
        refusalReason: 'not allowed: returnTo',
      });
    }
    const { selfLink } = await policyOf(pool, tenantId);
    if (!selfLink) throw new Problem(403, 'Forbidden', selfLinkRefusals.not_allowed);
    const members = await pool.query(selectMember({ tenantId, memberId: caller.memberId }));
    if (members.rowCount === 0) throw notFound('this member');
    if (installation.state !== 'active')
      throw new Problem(409, 'Conflict', `${name} is not connected at the moment; ask an administrator`);
    if (!installation.listed)
      throw new Problem(409, 'Conflict', `the people of ${name} are not listed yet; try again in some minutes`);
    const begun = await attempts.begin(caller, installation, returnTo);
    const url = signIn.authorizeUrl(begun.state, begun.nonce, installation.teamId ?? installation.enterpriseId);
    return { ...begun, url };
  }

  /** The name of the installation, or why the account was not linked. */
  async complete(attempt: SelfLinkAttempt, code: string | undefined): Promise<{ name: string } | { refusal: Refusal }> {
    try {
      return { name: await this.link(attempt, code) };
    } catch (error) {
      const refusal = refusalOf(error);
      const { tenantId: tenant, installationId, memberId: member } = attempt;
      const detail = { tenant, installationId, member, reason: refusal, err: error };
      if (refusal === 'internal_error') this.log.error(detail, 'a member could not link their Slack account');
      else this.log.info(detail, 'a member could not link their Slack account');
      await this.recordRefusal(attempt, refusal);
      return { refusal };
    }
  }

  private async link(attempt: SelfLinkAttempt, code: string | undefined): Promise<string> {
    if (code === undefined) throw new Refused('cancelled');
    const { pool, audit, slack, signIn } = this.parts;
    const { tenantId, memberId, installationId } = attempt;
    const { teamId, userId } = await signIn.whoSignedIn(code, attempt.nonce);
    const installation = await installationOfTenant(pool, tenantId, installationId).catch((cause: unknown) => {
      throw isNotFound(cause) ? new Refused('installation_gone', { cause }) : cause;
    });
    const covering = await pool.query(selectCovering({ installationId, teamId }));
    if (covering.rowCount === 0) throw new Refused('other_workspace');
    const caller = { tenantId, memberId, roles: ['member' as const] };
    await linkAskingSlack({ pool, audit, caller, how: 'self' }, slack, installation, memberId, { slackUserId: userId });
    return installation.name;
  }

  private async recordRefusal(attempt: SelfLinkAttempt, reason: Refusal): Promise<void> {
    const { pool, audit } = this.parts;
    const { tenantId, memberId, installationId } = attempt;
    try {
      await inTransaction(pool, (client) =>
        audit.record(client, memberOf(attempt), {
          action: 'link.refused',
          subject: `member:${memberId}`,
          outcome: 'refused',
          tenantId,
          detail: { installationId, how: 'self', reason },
        }),
      );
    } catch (error) {
      this.log.warn({ err: error, tenant: tenantId, reason }, 'a refused link could not be written into the audit log');
    }
  }
}

/** For the audit log, where no token names the caller. */
export const memberOf = ({ tenantId, memberId }: SelfLinkAttempt): AuditCaller => ({
  actor: { kind: 'member', id: memberId },
  tenantId,
});

const isNotFound = (error: unknown): boolean => error instanceof Problem && error.status === 404;

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused || error instanceof SelfLinkRefused) return error.code;
  if (isNotFound(error)) return 'member_gone';
  if (error instanceof Problem && error.status === 409) return 'not_listed_yet';
  if (error instanceof Problem && error.status === 503) return 'slack_unavailable';
  return 'internal_error';
}
