/** The key that signs id tokens; made when the first one is asked for. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export class SignInKey {
  #made: Promise<{ privateKey: CryptoKey; jwk: JWK }> | undefined;

  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: [(await this.#pair()).jwk] };
  }

  async sign(claims: Record<string, unknown>): Promise<string> {
    const { privateKey, jwk } = await this.#pair();
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
      .sign(privateKey);
  }

  #pair(): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
    return (this.#made ??= make());
  }
}

async function make(): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: `sim-${Date.now()}`, use: 'sig', alg: 'RS256' } };
}
