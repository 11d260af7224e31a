/** The parameters of the authorize page, checked before the page is shown. */
import type { AppIdentity } from '../app-identity.ts';
import type { AppManifest } from '../manifest/app-manifest.ts';
import { signInScopes, splitScopes, unknownScope } from './scopes.ts';

export interface AuthorizeRequest {
  purpose: 'install' | 'sign-in';
  botScopes: string[];
  userScopes: string[];
  redirectUri: string;
  redirectUriSent: boolean;
  state: string | undefined;
  team: string | undefined;
  nonce: string | undefined;
  challenge: { value: string; method: string } | undefined;
}

/** The request, or the error code that Slack shows instead of the page. */
export function readAuthorizeRequest(
  app: AppIdentity,
  manifest: AppManifest,
  params: URLSearchParams,
  purpose: AuthorizeRequest['purpose'],
): AuthorizeRequest | string {
  if (params.get('client_id') !== app.clientId) return 'invalid_client_id';
  const sent = params.get('redirect_uri') || undefined;
  const redirectUri = sent ?? app.redirectUrls[0];
  if (redirectUri === undefined || !isRegistered(app, redirectUri)) return 'bad_redirect_uri';
  const asked = splitScopes(params.get('scope') ?? undefined);
  const userScopes = purpose === 'install' ? splitScopes(params.get('user_scope') ?? undefined) : asked;
  const botScopes = purpose === 'install' ? asked : [];
  if (purpose === 'sign-in') {
    if (params.get('response_type') !== 'code') return 'unsupported_response_type';
    if (!userScopes.includes('openid') || userScopes.some((s) => !(s in signInScopes))) return 'invalid_scope';
  } else {
    if (botScopes.length + userScopes.length === 0) return 'no_scopes';
    if (unknownScope(botScopes, userScopes) !== undefined || !manifest.mayAsk(botScopes, userScopes))
      return 'invalid_scope';
  }
  const challenge = params.get('code_challenge') || undefined;
  const method = params.get('code_challenge_method') || 'plain';
  if (challenge !== undefined && method !== 'S256' && method !== 'plain') return 'invalid_code_challenge_method';
  return {
    purpose,
    botScopes,
    userScopes,
    redirectUri,
    redirectUriSent: sent !== undefined,
    state: params.get('state') ?? undefined,
    team: params.get('team') || undefined,
    nonce: params.get('nonce') ?? undefined,
    challenge: challenge === undefined ? undefined : { value: challenge, method },
  };
}

/** At or below a registered URL, of the same origin. */
function isRegistered(app: AppIdentity, redirectUri: string): boolean {
  let url: URL;
  try {
    url = new URL(redirectUri);
  } catch {
    return false;
  }
  if (app.redirectUrls.length === 0) return true;
  return app.redirectUrls.some((registered) => {
    const base = new URL(registered);
    const path = base.pathname.replace(/\/$/, '');
    return (
      base.origin === url.origin &&
      (url.pathname === base.pathname || url.pathname === path || url.pathname.startsWith(`${path}/`))
    );
  });
}
