// Requests bot tokens from the installation service, for all workspaces of the process together. Guarantees: at most
// one request in a quarter of a second, each for all installations that wait, at most 500; a request ends after five
// seconds; after a refusal (401, 403, 429), an error or a timeout no request is made for a pause that grows to ten
// seconds, with jitter, and is never shorter than the answer's Retry-After. An answer that does not match the schema
// counts as an error and is never logged. It keeps no token.
import { createLogger } from '@carillon/telemetry';
import { z } from 'zod';
import type { ServiceTokens } from '../auth/service-tokens.ts';
import { tokenAnswer, type IssuedToken, type UnavailableReason } from './token-answer.ts';

export interface TokenRequestsSettings {
  installationUrl: string;
}

export type ServiceIdentity = Pick<ServiceTokens, 'token' | 'forget'>;

export type TokenResult =
  | { kind: 'issued'; token: IssuedToken }
  /** The service has no token of this installation. */
  | { kind: 'unavailable'; reason: UnavailableReason }
  /** The service did not answer, or refused the request. */
  | { kind: 'failed'; reason: 'service_unavailable' };

const maxInstallations = 500;
const batchDelayMs = 5;
const minIntervalMs = 250;
const timeoutMs = 5_000;
const firstPauseMs = 500;
const maxPauseMs = 10_000;
/** A longer Retry-After is not followed, since the configuration may be corrected before its end. */
const maxRetryAfterMs = 300_000;
const failed: TokenResult = { kind: 'failed', reason: 'service_unavailable' };

class RequestRefused extends Error {
  constructor(
    readonly status: number,
    readonly retryAfterMs: number,
  ) {
    super(`the installation service answered ${status}`);
  }
}

export class TokenRequests {
  private readonly waiting = new Map<
    string,
    { result: Promise<TokenResult>; resolve: (result: TokenResult) => void }
  >();
  private readonly queue: string[] = [];
  private readonly log = createLogger('bot-tokens');
  private timer: NodeJS.Timeout | undefined;
  private nextAt = 0;
  private failures = 0;
  /** In ms since 1970: no request is made before. */
  pausedUntil = 0;

  constructor(
    private readonly settings: TokenRequestsSettings,
    private readonly identity: ServiceIdentity,
  ) {}

  /** Never throws. */
  request(installationId: string): Promise<TokenResult> {
    // The service refuses a whole request that holds one malformed id.
    if (!z.uuid().safeParse(installationId).success) return Promise.resolve({ kind: 'unavailable', reason: 'unknown' });
    if (this.pausedUntil > Date.now()) return Promise.resolve(failed);
    const requested = this.waiting.get(installationId);
    if (requested) return requested.result;
    const { promise: result, resolve } = Promise.withResolvers<TokenResult>();
    this.waiting.set(installationId, { result, resolve });
    this.queue.push(installationId);
    this.schedule();
    return result;
  }

  async reportDead(installationId: string, error: string): Promise<void> {
    await this.post('/v1/tokens/dead', { installationId, error });
  }

  private schedule(): void {
    if (this.timer || this.queue.length === 0) return;
    const inMs = Math.min(minIntervalMs, Math.max(batchDelayMs, this.nextAt - Date.now()));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.nextAt = Date.now() + minIntervalMs;
      void this.send(this.queue.splice(0, maxInstallations));
      this.schedule();
    }, inMs);
  }

  private async send(installationIds: readonly string[]): Promise<void> {
    const complete = (installationId: string, result: TokenResult): void => {
      this.waiting.get(installationId)?.resolve(result);
      this.waiting.delete(installationId);
    };
    try {
      const { tokens, unavailable } = tokenAnswer.parse(await this.post('/v1/tokens', { installationIds }));
      this.failures = 0;
      for (const token of tokens) complete(token.installationId, { kind: 'issued', token });
      for (const { installationId, reason } of unavailable) complete(installationId, { kind: 'unavailable', reason });
      for (const installationId of installationIds)
        complete(installationId, { kind: 'unavailable', reason: 'unknown' });
    } catch (error) {
      this.pause(error);
      for (const installationId of installationIds) complete(installationId, failed);
    }
  }

  private pause(error: unknown): void {
    this.failures += 1;
    const grown = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(this.failures, 10)) * (0.75 + 0.5 * Math.random());
    const required = error instanceof RequestRefused ? Math.min(error.retryAfterMs, maxRetryAfterMs) : 0;
    this.pausedUntil = Date.now() + Math.max(grown, required);
    // A schema error or a JSON error may quote the answer, which holds tokens.
    const unreadable = error instanceof z.ZodError || error instanceof SyntaxError;
    const cause = unreadable ? new Error('the answer of the installation service does not match its schema') : error;
    this.log.warn(
      { err: cause, pauseMs: Math.round(this.pausedUntil - Date.now()) },
      'the installation service issues no tokens; requests pause',
    );
  }

  private async post(path: string, body: object): Promise<unknown> {
    const token = await this.identity.token();
    const response = await fetch(new URL(path, this.settings.installationUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) this.identity.forget(token);
    if (!response.ok) {
      await response.body?.cancel();
      throw new RequestRefused(response.status, retryAfterMs(response.headers.get('retry-after')));
    }
    return response.json();
  }
}

/** Seconds or a date; 0 where the header is absent or unreadable. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
