/**
 * openid.connect.token and openid.connect.userInfo: Sign in with Slack. As at Slack, the token method answers errors in
 * OAuth's words, refuses a client secret together with PKCE, and puts an empty nonce into the id token of whoever sent
 * none.
 */
import { createHash } from 'node:crypto';
import { text } from '../web-api/arguments.ts';
import { type Answer, type Call, type Method, type OpenCall, refuse, tier } from '../web-api/call.ts';
import type { User } from '../world/user.ts';
import type { Workspace } from '../world/workspace.ts';
import { refuseClient } from './client-credentials.ts';
import { install } from './install.ts';
import { redeemCode } from './redeem-code.ts';

const idTokenLifetimeSeconds = 300;

export const openIdMethods: Record<string, Method> = {
  'openid.connect.token': { open: true, limit: tier.four, handle: token },
  'openid.connect.userInfo': { limit: tier.three, scopes: ['openid'], handle: userInfo },
};

async function token(call: OpenCall): Promise<Answer> {
  if (refuseClient(call) !== undefined) return refuse('invalid_client');
  if ((text(call.args, 'grant_type') ?? 'authorization_code') !== 'authorization_code')
    return refuse('unsupported_grant_type');
  if (text(call.args, 'code') === undefined) return refuse('invalid_request');
  // The client secret is needed here in any case.
  if (text(call.args, 'code_verifier') !== undefined) return refuse('internal_error');
  const code = redeemCode(call, 'sign-in');
  if ('refusal' in code) return refuse('invalid_grant');
  const workspace = call.sim.world.workspaces.get(code.team);
  const user = workspace?.user(code.user);
  if (workspace === undefined || user === undefined) return refuse('invalid_grant');
  const { person } = install(call.sim, workspace, user.id, [], code.userScopes);
  const access = person!.value;
  const now = Math.floor(Date.now() / 1000);
  const idToken = await call.sim.signInKey.sign({
    iss: call.sim.baseUrl,
    aud: call.sim.app.clientId,
    iat: now,
    exp: now + idTokenLifetimeSeconds,
    auth_time: now,
    at_hash: createHash('sha256').update(access).digest().subarray(0, 16).toString('base64url'),
    nonce: code.nonce ?? '',
    ...claims(workspace, user, person!.scopes),
  });
  return { ok: true, access_token: access, token_type: 'Bearer', id_token: idToken };
}

function userInfo(call: Call): Answer {
  const user = call.workspace.user(call.token.user);
  if (user === undefined) return refuse('user_not_found');
  return {
    ok: true,
    ...claims(call.workspace, user, call.token.scopes),
    'https://slack.com/team_name': call.workspace.name,
    'https://slack.com/team_domain': call.workspace.domain,
    ...(call.workspace.enterprise === undefined
      ? {}
      : {
          'https://slack.com/enterprise_id': call.workspace.enterprise.id,
          'https://slack.com/enterprise_name': call.workspace.enterprise.name,
        }),
  };
}

function claims(workspace: Workspace, user: User, scopes: ReadonlySet<string>): Record<string, unknown> {
  const [given = user.name, ...family] = user.name.split(' ');
  return {
    sub: user.id,
    'https://slack.com/user_id': user.id,
    'https://slack.com/team_id': workspace.id,
    ...(scopes.has('email') && user.email !== undefined
      ? { email: user.email, email_verified: true, date_email_verified: user.updated }
      : {}),
    ...(scopes.has('profile')
      ? { name: user.name, given_name: given, family_name: family.join(' '), locale: user.locale }
      : {}),
  };
}

/** `/.well-known/openid-configuration`. */
export function discovery(baseUrl: string): object {
  return {
    issuer: baseUrl,
    authorization_endpoint: `${baseUrl}/openid/connect/authorize`,
    token_endpoint: `${baseUrl}/api/openid.connect.token`,
    userinfo_endpoint: `${baseUrl}/api/openid.connect.userInfo`,
    jwks_uri: `${baseUrl}/openid/connect/keys`,
    scopes_supported: ['openid', 'profile', 'email'],
    response_types_supported: ['code'],
    response_modes_supported: ['form_post'],
    grant_types_supported: ['authorization_code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['sub', 'auth_time', 'iss'],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: true,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  };
}
