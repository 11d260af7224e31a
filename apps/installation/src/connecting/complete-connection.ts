// The last step of connecting: exchanges Slack's code for a grant, and stores the installation. Guarantees: the
// installation, its sealed token, its event and the audit entry are one transaction; the token of a refused grant is
// revoked at Slack, except where an active installation uses the same token.
import { randomUUID } from 'node:crypto';
import { plainLine, storable } from '@carillon/domain';
import { AuditLog } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { memberActor } from '../audit/actors.ts';
import { Installation } from '../installations/installation.entity.ts';
import { auditView, recordChange } from '../installations/record-change.ts';
import { Policies } from '../policy/policies.ts';
import type { Grant } from '../slack-app/grant.ts';
import { SlackApp } from '../slack-app/slack-app.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import { admit } from './admission.ts';
import type { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionRefused } from './connection-refusals.ts';

interface Observed {
  botId?: string;
  name?: string;
  domain?: string;
  iconUrl?: string;
  isWorkspaceAdmin: boolean;
}

@Injectable()
export class CompleteConnection {
  private readonly log = createLogger('complete-connection');

  constructor(
    private readonly dataSource: DataSource,
    private readonly slack: SlackApp,
    private readonly sealedTokens: SealedTokens,
    private readonly policies: Policies,
    private readonly audit: AuditLog,
  ) {}

  /** Returns the installation's id. Throws ConnectionRefused, SlackRefused or SlackUnavailable. */
  async complete(attempt: ConnectionAttempt, code: string): Promise<string> {
    const grant = await this.slack.exchange(code);
    try {
      const observed = await this.observe(attempt.tenantId, grant);
      return await this.dataSource.transaction((manager) => this.write(manager, attempt, grant, observed));
    } catch (error) {
      await this.revokeUnused(grant);
      throw error;
    }
  }

  private async observe(tenantId: string, { tokens: { accessToken }, scopes, authorizedBy }: Grant): Promise<Observed> {
    const { requireWorkspaceAdmin } = await this.policies.get(tenantId);
    const [details, iconUrl, isWorkspaceAdmin] = await Promise.all([
      this.slack.workspaceDetails(accessToken),
      scopes.includes('team:read') ? this.slack.workspaceIcon(accessToken).catch(() => undefined) : undefined,
      requireWorkspaceAdmin && authorizedBy !== undefined
        ? this.slack.isWorkspaceAdmin(accessToken, authorizedBy)
        : false,
    ]);
    return { ...details, ...(iconUrl !== undefined && { iconUrl }), isWorkspaceAdmin };
  }

  private async write(
    manager: EntityManager,
    attempt: ConnectionAttempt,
    grant: Grant,
    observed: Observed,
  ): Promise<string> {
    // Concurrent connections of one tenant, or to one workspace, wait for each other, so that the checks below hold.
    for (const name of [`tenant ${attempt.tenantId}`, `workspace ${grant.workspaceId}`]) {
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
    }
    const admission = admit({
      tenantId: attempt.tenantId,
      workspaceId: grant.workspaceId,
      wantedId: attempt.installationId,
      known: await manager.find(Installation, {
        where: [{ tenantId: attempt.tenantId }, { workspaceId: grant.workspaceId }],
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      }),
      policy: await this.policies.get(attempt.tenantId, manager),
      isWorkspaceAdmin: observed.isWorkspaceAdmin,
    });
    if ('refusal' in admission) throw new ConnectionRefused(admission.refusal);
    const renewed = 'renews' in admission ? admission.renews : undefined;
    const before = renewed && auditView(renewed);
    const installation = Object.assign(renewed ?? newInstallation(attempt, grant), granted(attempt, grant, observed));
    await recordChange(manager, this.audit, installation, {
      caller: memberActor(attempt),
      action: renewed ? 'reconnected' : 'connected',
      ...(before && { before }),
    });
    await this.sealedTokens.store(manager, installation.id, grant.tokens);
    return installation.id;
  }

  private async revokeUnused(grant: Grant): Promise<void> {
    try {
      const living = await this.dataSource.manager.countBy(Installation, {
        workspaceId: grant.workspaceId,
        state: 'active',
      });
      if (living === 0) await this.slack.revoke(grant.tokens);
      // With rotation the refused token is another one, and is revoked alone. Without rotation it is the token that the
      // active installation uses.
      else if (grant.tokens.refreshToken !== undefined) await this.slack.revokeOne(grant.tokens.accessToken);
    } catch (error) {
      this.log.warn(
        { err: error, workspaceId: grant.workspaceId },
        'the token of a refused grant could not be revoked',
      );
    }
  }
}

function newInstallation(attempt: ConnectionAttempt, grant: Grant): Installation {
  return Object.assign(new Installation(), {
    id: randomUUID(),
    tenantId: attempt.tenantId,
    workspaceId: grant.workspaceId,
    name: nameFrom(grant),
    installedAt: new Date(),
    version: 0,
  });
}

/** The workspace's name at Slack, in the form of an installation's name. */
function nameFrom({ workspaceName, workspaceId }: Grant): string {
  return plainLine(storable((workspaceName ?? '').slice(0, 100))) || workspaceId;
}

/** The columns that each authorisation replaces. */
function granted(attempt: ConnectionAttempt, grant: Grant, observed: Observed): Partial<Installation> {
  return {
    ...(attempt.name !== null && { name: attempt.name }),
    profile: attempt.profile,
    state: 'active',
    stateReason: null,
    teamId: grant.teamId ?? null,
    enterpriseId: grant.enterpriseId ?? null,
    isEnterpriseInstall: grant.isEnterpriseInstall,
    appId: grant.appId,
    botUserId: grant.botUserId,
    botId: observed.botId ?? null,
    scopes: grant.scopes,
    teamName: storableOrNull(grant.workspaceName ?? observed.name),
    teamDomain: storableOrNull(observed.domain),
    iconUrl: storableOrNull(observed.iconUrl),
    connectedBy: attempt.memberId,
    connectedBySlackUser: grant.authorizedBy ?? null,
    authorizedAt: new Date(),
  };
}

const storableOrNull = (text: string | undefined): string | null => (text === undefined ? null : storable(text));
