// Asks the installation service for bot tokens, for all lanes of the process together. Guarantees: at most one request
// in a quarter of a second, each for as many installations as wait, 500 at most; after a refusal (401, 403, 429), an
// error or silence a pause that grows to ten seconds, with jitter, never shorter than the answer's Retry-After. It
// keeps no token.
import { createLogger } from '@carillon/telemetry';
import type { ServiceTokens } from '@carillon/runtime';
import { z } from 'zod';

export interface TokenRequestsSettings {
  installationUrl: string;
}

const tokenAnswer = z.object({
  tokens: z.array(
    z.object({
      installationId: z.string(),
      tenantId: z.string().optional(),
      teamId: z.string().nullable(),
      token: z.string(),
      expiresAt: z.string().optional(),
    }),
  ),
  unavailable: z.array(z.object({ installationId: z.string(), reason: z.string() })).default([]),
});
export type IssuedToken = z.infer<typeof tokenAnswer>['tokens'][number];

export type TokenAnswer =
  | { kind: 'issued'; token: IssuedToken }
  /** The service gives none for this installation. */
  | { kind: 'none'; reason: string }
  /** The service answers nobody for now. */
  | { kind: 'later'; reason: string };

const most = 500;
const gatherMs = 5;
const intervalMs = 250;
const timeoutMs = 5_000;
const firstPauseMs = 500;
const longestPauseMs = 10_000;
/** However long it wishes to be left alone: configuration is mended some time. */
const longestRetryAfterMs = 300_000;

class RefusedRequest extends Error {
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
    { answer: Promise<TokenAnswer>; resolve: (answer: TokenAnswer) => void }
  >();
  private readonly queue: string[] = [];
  private readonly log = createLogger('bot-tokens');
  private timer: NodeJS.Timeout | undefined;
  private nextAt = 0;
  private failures = 0;
  /** In ms since 1970: nobody is asked before. */
  pausedUntil = 0;

  constructor(
    private readonly settings: TokenRequestsSettings,
    private readonly identity: Pick<ServiceTokens, 'token' | 'forget'>,
  ) {}

  /** Never throws. */
  tokenOf(installationId: string): Promise<TokenAnswer> {
    // One that is no id would have the whole request refused, others' installations with it.
    if (!z.uuid().safeParse(installationId).success) return Promise.resolve({ kind: 'none', reason: 'unknown' });
    if (this.pausedUntil > Date.now()) return Promise.resolve({ kind: 'later', reason: 'paused' });
    const asked = this.waiting.get(installationId);
    if (asked) return asked.answer;
    const { promise: answer, resolve } = Promise.withResolvers<TokenAnswer>();
    this.waiting.set(installationId, { answer, resolve });
    this.queue.push(installationId);
    this.schedule();
    return answer;
  }

  async reportDead(installationId: string, error: string): Promise<void> {
    await this.post('/v1/tokens/dead', { installationId, error });
  }

  private schedule(): void {
    if (this.timer || this.queue.length === 0) return;
    const inMs = Math.min(intervalMs, Math.max(gatherMs, this.nextAt - Date.now()));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.nextAt = Date.now() + intervalMs;
      void this.request(this.queue.splice(0, most));
      this.schedule();
    }, inMs);
  }

  private async request(installationIds: readonly string[]): Promise<void> {
    const end = (installationId: string, answer: TokenAnswer): void => {
      this.waiting.get(installationId)?.resolve(answer);
      this.waiting.delete(installationId);
    };
    try {
      const { tokens, unavailable } = tokenAnswer.parse(await this.post('/v1/tokens', { installationIds }));
      this.failures = 0;
      for (const token of tokens) end(token.installationId, { kind: 'issued', token });
      for (const { installationId, reason } of unavailable) end(installationId, { kind: 'none', reason });
      for (const installationId of installationIds) end(installationId, { kind: 'none', reason: 'unknown' });
    } catch (error) {
      this.pause(error);
      for (const installationId of installationIds)
        end(installationId, {
          kind: 'later',
          reason: error instanceof RefusedRequest ? `status ${error.status}` : 'no answer',
        });
    }
  }

  private pause(error: unknown): void {
    this.failures += 1;
    const grown =
      Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.failures, 10)) * (0.75 + 0.5 * Math.random());
    const asked = error instanceof RefusedRequest ? Math.min(error.retryAfterMs, longestRetryAfterMs) : 0;
    this.pausedUntil = Date.now() + Math.max(grown, asked);
    // What a schema found wrong in the answer may quote the answer, which holds tokens.
    const cause = error instanceof z.ZodError ? new Error('the installation service gave an unreadable answer') : error;
    this.log.warn(
      { err: cause, pauseMs: Math.round(this.pausedUntil - Date.now()) },
      'the installation service gives no tokens for now',
    );
  }

  private async post(path: string, body: object): Promise<unknown> {
    const token = await this.identity.token();
    const response = await fetch(new URL(path, this.settings.installationUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) this.identity.forget(token);
    if (!response.ok) {
      await response.body?.cancel();
      throw new RefusedRequest(response.status, retryAfterMs(response.headers.get('retry-after')));
    }
    return response.status === 204 ? undefined : response.json();
  }
}

/** Seconds, or a date; 0 where it says nothing. */
function retryAfterMs(text: string | null): number {
  if (text === null) return 0;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
