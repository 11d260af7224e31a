/** oauth.v2.access (codes and refresh tokens) and oauth.v2.exchange. */
import { text } from '../web-api/arguments.ts';
import { type Answer, type Method, type OpenCall, refuse, tier } from '../web-api/call.ts';
import type { Token } from '../world/installation.ts';
import type { Workspace } from '../world/workspace.ts';
import { refuseClient } from './client-credentials.ts';
import { install, tokenOf } from './install.ts';
import { redeemCode } from './redeem-code.ts';

/** How long a used refresh token is still taken. */
const refreshGraceMs = 30_000;

export const oauthMethods: Record<string, Method> = {
  'oauth.v2.access': { open: true, limit: tier.four, handle: access },
  'oauth.v2.exchange': { open: true, limit: tier.three, handle: exchange },
};

function access(call: OpenCall): Answer {
  const refused = refuseClient(call);
  if (refused !== undefined) return refused;
  const grant = text(call.args, 'grant_type') ?? 'authorization_code';
  if (grant === 'refresh_token') return refresh(call);
  if (grant !== 'authorization_code') return refuse('invalid_grant_type');
  const code = redeemCode(call, 'install');
  if ('refusal' in code) return code.refusal;
  const workspace = call.sim.world.workspaces.get(code.team);
  if (workspace === undefined) return refuse('invalid_code');
  const { bot, person } = install(call.sim, workspace, code.user, code.botScopes, code.userScopes);
  return {
    ok: true,
    app_id: call.sim.app.id,
    authed_user: {
      id: code.user,
      ...(person === undefined ? {} : { scope: person.scopeHeader, token_type: 'user', ...pair(person) }),
    },
    ...(bot === undefined ? {} : { scope: bot.scopeHeader, token_type: 'bot', ...pair(bot), bot_user_id: bot.user }),
    ...place(workspace),
  };
}

function refresh(call: OpenCall): Answer {
  const { world } = call.sim;
  const value = text(call.args, 'refresh_token') ?? '';
  const found = world.refreshTokens.get(value);
  const now = Date.now();
  if (found === undefined || (found.validUntil !== undefined && found.validUntil <= now))
    return refuse('invalid_refresh_token');
  const { installation } = found;
  const workspace = world.workspaces.get(installation.team);
  if (workspace === undefined || workspace.installation !== installation) return refuse('invalid_refresh_token');
  found.validUntil ??= now + refreshGraceMs;
  const scopes =
    found.kind === 'bot' ? installation.botScopes : (installation.userScopes.get(found.user) ?? new Set<string>());
  const token = tokenOf(call.sim, workspace, installation, found.kind, found.user, scopes);
  return {
    ok: true,
    app_id: call.sim.app.id,
    scope: token.scopeHeader,
    token_type: token.kind,
    ...pair(token),
    ...(token.kind === 'bot' ? { bot_user_id: token.user } : {}),
    ...place(workspace),
  };
}

/** Turns a token that does not expire into a pair that does, once rotation is on. */
function exchange(call: OpenCall): Answer {
  const refused = refuseClient(call);
  if (refused !== undefined) return refused;
  const token = call.sim.world.tokens.get(text(call.args, 'token') ?? call.bearer ?? '');
  const workspace = token === undefined ? undefined : call.sim.world.workspaces.get(token.team);
  if (token === undefined || workspace === undefined || token.dead !== undefined) return refuse('invalid_token');
  if (!workspace.rotation) return refuse('token_rotation_not_enabled');
  if (token.expiresAt !== undefined) return refuse('token_already_exchanged');
  const fresh = tokenOf(call.sim, workspace, token.installation, token.kind, token.user, token.scopes);
  token.dead = 'token_revoked';
  return {
    ok: true,
    app_id: call.sim.app.id,
    scope: fresh.scopeHeader,
    token_type: fresh.kind,
    ...pair(fresh),
    ...(fresh.kind === 'bot' ? { bot_user_id: fresh.user } : {}),
    ...place(workspace),
  };
}

function pair(token: Token): Record<string, unknown> {
  if (token.expiresAt === undefined) return { access_token: token.value };
  return {
    access_token: token.value,
    refresh_token: token.refreshToken,
    expires_in: Math.round((token.expiresAt - Date.now()) / 1000),
  };
}

function place(workspace: Workspace): Record<string, unknown> {
  return {
    team: { id: workspace.id, name: workspace.name },
    enterprise: workspace.enterprise ?? null,
    is_enterprise_install: false,
  };
}
