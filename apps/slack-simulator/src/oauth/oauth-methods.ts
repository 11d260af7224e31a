/** oauth.v2.access (codes and refresh tokens) and oauth.v2.exchange. */
import { text } from '../web-api/arguments.ts';
import { type Answer, type Method, type OpenCall, refuse, tier } from '../web-api/call.ts';
import type { Home } from '../world/home.ts';
import type { Token } from '../world/installation.ts';
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
  const home = call.sim.world.home(code.team);
  if (home === undefined) return refuse('invalid_code');
  if (home.kind === 'workspace' && home.org?.installation !== undefined)
    return refuse('cannot_install_an_org_installed_app');
  const { bot, person } = install(call.sim, home, code.user, code.botScopes, code.userScopes);
  return {
    ok: true,
    app_id: call.sim.app.id,
    authed_user: {
      id: code.user,
      ...(person === undefined ? {} : { scope: person.scopeHeader, token_type: 'user', ...pair(person) }),
    },
    ...(bot === undefined ? {} : { scope: bot.scopeHeader, token_type: 'bot', ...pair(bot), bot_user_id: bot.user }),
    ...place(home),
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
  const home = world.home(installation.team);
  if (home === undefined || home.installation !== installation) return refuse('invalid_refresh_token');
  found.validUntil ??= now + refreshGraceMs;
  const scopes =
    found.kind === 'bot' ? installation.botScopes : (installation.userScopes.get(found.user) ?? new Set<string>());
  const token = tokenOf(call.sim, home, installation, found.kind, found.user, scopes);
  return {
    ok: true,
    app_id: call.sim.app.id,
    scope: token.scopeHeader,
    token_type: token.kind,
    ...pair(token),
    ...(token.kind === 'bot' ? { bot_user_id: token.user } : {}),
    ...place(home),
  };
}

/** Turns a token that does not expire into a pair that does, once rotation is on. */
function exchange(call: OpenCall): Answer {
  const refused = refuseClient(call);
  if (refused !== undefined) return refused;
  const token = call.sim.world.tokens.get(text(call.args, 'token') ?? call.bearer ?? '');
  const home = token === undefined ? undefined : call.sim.world.home(token.team);
  if (token === undefined || home === undefined || token.dead !== undefined) return refuse('invalid_token');
  if (!home.rotation) return refuse('token_rotation_not_enabled');
  if (token.expiresAt !== undefined) return refuse('token_already_exchanged');
  const fresh = tokenOf(call.sim, home, token.installation, token.kind, token.user, token.scopes);
  token.dead = 'token_revoked';
  return {
    ok: true,
    app_id: call.sim.app.id,
    scope: fresh.scopeHeader,
    token_type: fresh.kind,
    ...pair(fresh),
    ...(fresh.kind === 'bot' ? { bot_user_id: fresh.user } : {}),
    ...place(home),
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

function place(home: Home): Record<string, unknown> {
  if (home.kind === 'org')
    return { team: null, enterprise: { id: home.id, name: home.name }, is_enterprise_install: true };
  return {
    team: { id: home.id, name: home.name },
    enterprise: home.enterprise ?? null,
    is_enterprise_install: false,
  };
}
