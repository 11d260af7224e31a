// Gets the access token by which this service calls other services (OAuth 2 client credentials). Guarantees: one
// request at a time for all callers; a token is used for four fifths of its lifetime; an error may be retried and names
// no secret.
import { performance } from 'node:perf_hooks';

export interface ServiceTokensOptions {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
}

export class ServiceTokenError extends Error {
  readonly code = 'service_token_unavailable';
  readonly retry = 'later';

  constructor(reason: string, cause?: unknown) {
    super(`no token for this service: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'ServiceTokenError';
  }
}

const TIMEOUT_MS = 5_000;
const SHARE_OF_LIFE = 0.8;
const LIFE_WHEN_UNSAID_SECONDS = 60;

export class ServiceTokens {
  private current: { value: string; until: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(private readonly options: ServiceTokensOptions) {}

  /** For `Authorization: Bearer …`. */
  async token(): Promise<string> {
    if (this.current && performance.now() < this.current.until) return this.current.value;
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  /** After a 401: the next call requests a new token. */
  forget(token: string): void {
    if (this.current?.value === token) this.current = undefined;
  }

  private async ask(): Promise<string> {
    const { tokenUrl, clientId, clientSecret } = this.options;
    const asked = performance.now();
    let answer: { access_token?: unknown; expires_in?: unknown };
    try {
      const response = await fetch(tokenUrl, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
        },
        body: 'grant_type=client_credentials',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new ServiceTokenError(`the token endpoint answered ${response.status}`);
      answer = (await response.json()) as typeof answer;
    } catch (error) {
      throw error instanceof ServiceTokenError
        ? error
        : new ServiceTokenError('the token endpoint does not answer', error);
    }
    if (typeof answer.access_token !== 'string') throw new ServiceTokenError('the answer holds no access_token');
    const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : LIFE_WHEN_UNSAID_SECONDS;
    this.current = { value: answer.access_token, until: asked + seconds * 1000 * SHARE_OF_LIFE };
    return answer.access_token;
  }
}
