// What makes a verified JWT an access token for us. Guarantees: ID tokens, logout tokens and tokens bound to a key
// (DPoP, mutual TLS) are refused, whatever their `typ` says: the first two are shown to other parties, and of the last
// we could not check the proof.
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { unauthorized } from './unauthorized.ts';

/**
 * Claims that only an ID token (OpenID Connect Core 2, 3.1.3.6) or a logout token (Back-Channel Logout 2.4) carries.
 */
const claimsOfOthers = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'] as const;
/** How some providers mark their kinds of tokens beside the header (Keycloak `typ`, Cognito `token_use`). */
const kindsOfOthers = new Set(['id', 'refresh', 'logout', 'offline']);

/**
 * @param types accepted values of `typ`, in lower case; `jwt` is also a token without one (RFC 9068 2.1, RFC 8725 3.11)
 */
export function checkIsAccessToken(header: JWTHeaderParameters, payload: JWTPayload, types: readonly string[]): void {
  const type =
    header.typ === undefined
      ? 'jwt'
      : String(header.typ)
          .toLowerCase()
          .replace(/^application\//, '');
  if (!types.includes(type)) throw unauthorized('the token is not an access token: its typ is not accepted here');
  if (payload['cnf'] !== undefined) throw unauthorized('the token is bound to a key; a bearer token is needed');
  const kind = [payload['typ'], payload['token_use']].some(
    (value) => typeof value === 'string' && kindsOfOthers.has(value.toLowerCase()),
  );
  if (kind || claimsOfOthers.some((claim) => payload[claim] !== undefined))
    throw unauthorized('the token is not an access token');
}
