// The columns of an installation that follow from a grant of Slack's. Pure.
import { Installation } from '../installations/installation.entity.ts';
import type { ConnectionAttempt } from './connection-attempt.entity.ts';
import type { ObservedGrant } from './observed-grant.ts';

export function newInstallation(id: string, tenantId: string, { workspaceId }: ObservedGrant): Installation {
  return Object.assign(new Installation(), {
    id,
    tenantId,
    workspaceId,
    installedAt: new Date(),
    version: 0,
    teamIds: null,
  });
}

/** The columns that each authorisation replaces, except the name and the state. */
export function granted(attempt: ConnectionAttempt, grant: ObservedGrant): Partial<Installation> {
  return {
    profile: attempt.profile,
    stateReason: null,
    teamId: grant.teamId ?? null,
    enterpriseId: grant.enterpriseId ?? null,
    isEnterpriseInstall: grant.isEnterpriseInstall,
    appId: grant.appId,
    botUserId: grant.botUserId,
    botId: grant.botId ?? null,
    scopes: grant.scopes,
    teamName: grant.workspaceName ?? grant.name ?? null,
    teamDomain: grant.domain ?? null,
    iconUrl: grant.iconUrl ?? null,
    connectedBy: attempt.memberId,
    connectedBySlackUser: grant.authorizedBy ?? null,
    // When Slack's answer arrived, not when it was confirmed: what Slack says of the time in between counts.
    authorizedAt: attempt.usedAt ?? new Date(),
  };
}
