// Bot tokens, fetched from the installation service with this service's own identity. Guarantees: a token is handed
// over and never kept, logged or put in a message; one of another tenant's installation is not used, whatever a record
// on Kafka says whose it is; what else goes wrong says that it may come right later.
import { ServiceTokens } from '@carillon/runtime';
import { z } from 'zod';
import { SyncFailure } from '../syncs/sync-failure.ts';

const timeoutMs = 5_000;

const answer = z.object({
  tokens: z.array(
    z.object({
      installationId: z.string(),
      tenantId: z.string().optional(),
      token: z.string().min(1),
      expiresAt: z.string().nullish(),
    }),
  ),
  unavailable: z.array(z.object({ installationId: z.string(), reason: z.string() })).default([]),
});

export interface BotToken {
  value: string;
  /** When to ask again, in ms since 1970. */
  freshUntil: number;
}

export class InstallationTokens {
  constructor(
    private readonly installationUrl: string,
    private readonly identity: Pick<ServiceTokens, 'token' | 'forget'>,
  ) {}

  async tokenOf(installationId: string, tenantId: string): Promise<BotToken> {
    try {
      return await this.ask(installationId, tenantId);
    } catch (error) {
      if (error instanceof SyncFailure) throw error;
      throw new SyncFailure('token_unavailable', 'later', 'the installation service does not hand out the token', {
        cause: error,
      });
    }
  }

  private async ask(installationId: string, tenantId: string): Promise<BotToken> {
    const own = await this.identity.token();
    const response = await fetch(`${this.installationUrl.replace(/\/+$/, '')}/v1/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ installationIds: [installationId] }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) this.identity.forget(own);
    if (!response.ok) {
      await response.body?.cancel();
      throw new SyncFailure('token_unavailable', 'later', `the installation service answered ${response.status}`);
    }
    const { tokens, unavailable } = answer.parse(await response.json());
    const found = tokens.find((token) => token.installationId === installationId);
    if (!found) {
      const why = unavailable.find((missing) => missing.installationId === installationId)?.reason ?? 'unknown';
      throw new SyncFailure('token_unavailable', 'later', `no token for this installation: ${why}`);
    }
    // Absent from installation services of the release before this one.
    if (found.tenantId !== undefined && found.tenantId !== tenantId) {
      throw new SyncFailure('foreign_installation', 'never', 'the installation belongs to another tenant');
    }
    const expires = found.expiresAt ? Date.parse(found.expiresAt) : Number.POSITIVE_INFINITY;
    return { value: found.token, freshUntil: expires - 60_000 };
  }
}
