// Reads bearer tokens of the issuers we trust. Promises: signature, issuer, audience and times are checked against the
// issuer's published keys; an unreachable identity provider is "try later" (503), never "who are you" (401); no message
// repeats any part of a token.
import { roles as knownRoles, tenantId as tenantIdSchema, type Role } from '@carillon/domain';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { Problem } from '../http/problem.ts';
import type { Identity } from './identity.ts';

export interface TokenVerifierOptions {
  issuers: readonly string[];
  audience: string;
}

const CLOCK_TOLERANCE_SECONDS = 5;
const PROVIDER_TIMEOUT_MS = 5_000;
const KEYS_FRESH_FOR_MS = 3_600_000;
const REFETCH_AT_MOST_EVERY_MS = 10_000;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

export class TokenVerifier {
  private readonly keys = new Map<string, Promise<JWTVerifyGetKey>>();

  constructor(private readonly options: TokenVerifierOptions) { }

  async verify(token: string): Promise<Identity> {
    const issuer = this.issuerOf(token);
    const keys = await this.keysOf(issuer);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: this.options.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return identityOf(payload);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw saysSomethingAboutTheToken(error) ? unauthorized(reasonOf(error)) : providerUnavailable(error);
    }
  }

  private issuerOf(token: string): string {
    let claimed: string | undefined;
    try {
      claimed = decodeJwt(token).iss;
    } catch {
      throw unauthorized('the token is not a JWT');
    }
    if (!claimed || !this.options.issuers.includes(claimed)) throw unauthorized('the token is from an issuer that is not accepted here');
    return claimed;
  }

  private keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    let keys = this.keys.get(issuer);
    if (!keys) {
      keys = discover(issuer);
      this.keys.set(issuer, keys);
      // A failure is not an answer: the next request asks again.
      keys.catch(() => this.keys.delete(issuer));
    }
    return keys;
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  try {
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(PROVIDER_TIMEOUT_MS),
      headers: { accept: 'application/json' },
    });
    if (!response.ok) throw new Error(`discovery answered ${response.status}`);
    const found = (await response.json()) as { issuer?: string; jwks_uri?: string };
    if (found.issuer !== issuer || !found.jwks_uri) throw new Error('the discovery document is not that of this issuer');
    return createRemoteJWKSet(new URL(found.jwks_uri), {
      timeoutDuration: PROVIDER_TIMEOUT_MS,
      cooldownDuration: REFETCH_AT_MOST_EVERY_MS,
      cacheMaxAge: KEYS_FRESH_FOR_MS,
    });
  } catch (error) {
    throw providerUnavailable(error);
  }
}

function identityOf(claims: JWTPayload): Identity {
  const { sub, tenant_id: tenantId, roles, email } = claims as JWTPayload & Record<string, unknown>;
  if (!sub) throw unauthorized('the token names nobody');
  return {
    memberId: sub,
    roles: Array.isArray(roles) ? knownRoles.filter((role: Role) => roles.includes(role)) : [],
    ...(tenantId === undefined || tenantId === null || tenantId === '' ? {} : { tenantId: tenantOf(tenantId) }),
    ...(typeof email === 'string' && email ? { email } : {}),
  };
}

function tenantOf(claim: unknown): string {
  const tenant = tenantIdSchema.safeParse(claim);
  if (!tenant.success) throw unauthorized('the tenant_id of the token is not the id of a tenant');
  return tenant.data;
}

function saysSomethingAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the token's ${error.claim} is not accepted here`;
  return 'the token is not valid';
}

export function unauthorized(detail: string): Problem {
  return new Problem(401, 'Unauthorized', detail, undefined, { headers: { 'www-authenticate': 'Bearer' } });
}

function providerUnavailable(cause: unknown): Problem {
  return new Problem(503, 'Service Unavailable', 'the identity provider does not answer', undefined, { cause, headers: { 'retry-after': '2' } });
}
