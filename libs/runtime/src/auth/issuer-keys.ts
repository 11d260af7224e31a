// The published keys of one identity provider. Guarantees: keys that are known keep working while the provider is away;
// a key that nobody publishes costs one request to the provider per ten seconds at most, not one per token, and while
// the provider is away it costs no wait at all.
import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import { providerUnavailable } from './unauthorized.ts';

const TIMEOUT_MS = 5_000;
const FRESH_FOR_MS = 3_600_000;
const ASK_AT_MOST_EVERY_MS = 10_000;
const FAILURE_HOLDS_MS = 2_000;

export class IssuerKeys {
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private fetchedAt = -Infinity;
  private failed: { at: number; cause: unknown } | undefined;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly issuer: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * For jwtVerify(). Throws JWKSNoMatchingKey for a key that is not published, Problem 503 where that cannot be known.
   */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    const known = await this.find(header, token);
    if (known) {
      // A key in use is checked in the background; a provider that is away does not stop who has a valid token.
      if (this.now() - this.fetchedAt > FRESH_FOR_MS) this.refresh().catch(() => undefined);
      return known;
    }
    if (this.keys && this.now() - this.fetchedAt < ASK_AT_MOST_EVERY_MS) throw new errors.JWKSNoMatchingKey();
    await this.refresh();
    const found = await this.find(header, token);
    if (!found) throw new errors.JWKSNoMatchingKey();
    return found;
  };

  private async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey | undefined> {
    try {
      return await this.keys?.(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  private refresh(): Promise<void> {
    if (this.failed && this.now() - this.failed.at < FAILURE_HOLDS_MS)
      return Promise.reject(providerUnavailable(this.failed.cause));
    this.asking ??= this.fetchKeys().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async fetchKeys(): Promise<void> {
    try {
      const discovered = await fetchJson<{ issuer?: string; jwks_uri?: string }>(
        `${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      );
      if (discovered.issuer !== this.issuer || !discovered.jwks_uri)
        throw new Error('the discovery document is not that of this issuer');
      this.keys = createLocalJWKSet(await fetchJson<JSONWebKeySet>(discovered.jwks_uri));
      this.fetchedAt = this.now();
      this.failed = undefined;
    } catch (error) {
      this.failed = { at: this.now(), cause: error };
      throw providerUnavailable(error);
    }
  }
}

async function fetchJson<T>(url: string): Promise<T> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
  return (await response.json()) as T;
}
