// Reads Slack's answer to an authorisation: the granted scopes, the workspace and the person. Guarantees: the scopes
// are those that Slack granted, not those that were requested; an answer without a bot token or a workspace gives no
// grant.
import { z } from 'zod';

const named = z.object({ id: z.string().min(1), name: z.string().optional() });

export const accessAnswer = z.object({
  app_id: z.string(),
  access_token: z.string().min(1),
  token_type: z.literal('bot'),
  scope: z.string(),
  bot_user_id: z.string(),
  team: named.nullish(),
  enterprise: named.nullish(),
  is_enterprise_install: z.boolean().optional(),
  authed_user: z.object({ id: z.string() }).nullish(),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
});

/** A rotated token pair; the rest of the answer is already stored. */
export const refreshAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
});

export interface Tokens {
  accessToken: string;
  refreshToken?: string;
  expiresAt?: Date;
}

export interface Grant {
  appId: string;
  botUserId: string;
  /** What Slack keys the installation by. */
  workspaceId: string;
  teamId?: string;
  enterpriseId?: string;
  isEnterpriseInstall: boolean;
  workspaceName?: string;
  scopes: string[];
  authorizedBy?: string;
  tokens: Tokens;
}

export function grantOf(answer: z.infer<typeof accessAnswer>, now: Date): Grant | undefined {
  const isEnterpriseInstall = answer.is_enterprise_install ?? false;
  const workspace = isEnterpriseInstall ? answer.enterprise : answer.team;
  if (!workspace) return undefined;
  return {
    appId: answer.app_id,
    botUserId: answer.bot_user_id,
    workspaceId: workspace.id,
    ...(answer.team && { teamId: answer.team.id }),
    ...(answer.enterprise && { enterpriseId: answer.enterprise.id }),
    isEnterpriseInstall,
    ...(workspace.name !== undefined && { workspaceName: workspace.name }),
    scopes: [
      ...new Set(
        answer.scope
          .split(',')
          .map((scope) => scope.trim())
          .filter(Boolean),
      ),
    ].sort(),
    ...(answer.authed_user && { authorizedBy: answer.authed_user.id }),
    tokens: tokensOf(answer, now),
  };
}

export function tokensOf(
  answer: { access_token: string; refresh_token?: string | undefined; expires_in?: number | undefined },
  now: Date,
): Tokens {
  return {
    accessToken: answer.access_token,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    ...(answer.expires_in !== undefined && { expiresAt: new Date(now.getTime() + answer.expires_in * 1000) }),
  };
}
