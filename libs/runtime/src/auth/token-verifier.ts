// Reads bearer tokens of the issuers we trust. Guarantees: signature, issuer, audience, times and kind of token are
// checked against the issuer's published keys; an unreachable identity provider is "try later" (503), never "who are
// you" (401); no message repeats any part of a token.
import { decodeJwt, errors, jwtVerify } from 'jose';
import { Problem } from '../http/problem.ts';
import type { Tenants } from '../tenants/tenants.ts';
import { checkIsAccessToken } from './access-token.ts';
import { identityOf } from './identity-of.ts';
import type { Identity } from './identity.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { providerUnavailable, unauthorized } from './unauthorized.ts';

export interface TokenVerifierOptions {
  issuers: readonly string[];
  audience: string;
  tokenTypes: readonly string[];
  tenants: Tenants;
}

const CLOCK_TOLERANCE_SECONDS = 5;
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export class TokenVerifier {
  private readonly keys: ReadonlyMap<string, IssuerKeys>;

  constructor(private readonly options: TokenVerifierOptions) {
    this.keys = new Map(options.issuers.map((issuer) => [issuer, new IssuerKeys(issuer)]));
  }

  async verify(token: string): Promise<Identity> {
    const { issuer, keys } = this.issuerOf(token);
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys.get, {
        issuer,
        audience: this.options.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      checkIsAccessToken(protectedHeader, payload, this.options.tokenTypes);
      return identityOf(payload, this.options.tenants);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw saysSomethingAboutTheToken(error) ? unauthorized(reasonOf(error)) : providerUnavailable(error);
    }
  }

  private issuerOf(token: string): { issuer: string; keys: IssuerKeys } {
    let issuer: unknown;
    try {
      issuer = decodeJwt(token).iss;
    } catch {
      throw unauthorized('the token is not a JWT');
    }
    const keys = typeof issuer === 'string' ? this.keys.get(issuer) : undefined;
    if (!keys) throw unauthorized('the token is from an issuer that is not accepted here');
    return { issuer: issuer as string, keys };
  }
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
