// The last leg: Slack's code becomes a grant, the grant an installation. Promises: the installation, its sealed token,
// its announcement and the audit entry are written together or not at all; a grant that is refused leaves no token of
// ours behind in Slack, and does not touch one that an installation lives on.
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

  /** The installation's id; throws ConnectionRefused, SlackRefused or SlackUnavailable. */
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
    // Two connections of one tenant count each other; two tenants that connect one workspace see each other.
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
      // With rotation the refused token is one of its own, and would push out the installation's; without, it is the
      // same.
      else if (grant.tokens.refreshToken !== undefined) await this.slack.revokeOne(grant.tokens.accessToken);
    } catch (error) {
      this.log.warn({ err: error, workspaceId: grant.workspaceId }, 'a refused grant could not be given back to Slack');
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

/** Slack's name of the workspace, as an installation may be called. */
function nameFrom({ workspaceName, workspaceId }: Grant): string {
  return plainLine(storable((workspaceName ?? '').slice(0, 100))) || workspaceId;
}

/** What an authorisation says anew each time. */
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
