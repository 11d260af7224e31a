// Token rotation: exchanges a token pair before it expires. Guarantees: one exchange per installation at a time, over
// all processes (Slack's refresh tokens work once); the new pair is stored before it is used; while the old token
// works, no caller waits for the exchange, and a failed exchange has no effect.
import { defineStatement } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { DataSource } from 'typeorm';
import { tokenRefreshes } from '../metrics.ts';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import type { Tokens } from '../slack-app/grant.ts';
import type { SlackApp } from '../slack-app/slack-app.ts';
import type { SealedToken } from './sealed-token.entity.ts';
import type { SealedTokens } from './sealed-tokens.ts';

/** Working tokens; or Slack's error code; or undefined, where they expired and Slack gives no answer. */
export type Fresh = Tokens | { refused: string } | undefined;

/** Longer than an exchange takes, so that only the claim of a process that ended expires. */
const claimMs = 20_000;
const pollMs = 100;
const storeAttempts = 20;

export class TokenRefresh {
  private readonly log = createLogger('token-refresh');

  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly slack: Pick<SlackApp, 'refresh'> & Partial<Pick<SlackApp, 'revokeOne'>>,
    private readonly aheadMs: number,
  ) {}

  async fresh(row: SealedToken): Promise<Fresh> {
    const giveUpAt = Date.now() + claimMs;
    for (let current: SealedToken | null = row; current; current = await this.sealedTokens.find(row.installationId)) {
      const tokens = await this.sealedTokens.open(current);
      const remaining = (current.expiresAt?.getTime() ?? Infinity) - Date.now();
      if (remaining > this.aheadMs) return tokens;
      if (tokens.refreshToken === undefined) return remaining > 0 ? tokens : undefined;
      if (await this.claim(current)) {
        const renewed = await this.exchange(current, tokens.refreshToken);
        return remaining > 0 && (!renewed || 'refused' in renewed) ? tokens : renewed;
      }
      if (remaining > 0) return tokens;
      if (Date.now() > giveUpAt) return undefined;
      await pause(pollMs);
    }
    return undefined;
  }

  /** Exchanges the tokens whenever they expire. Undefined where Slack gives no answer, or another process exchanges. */
  async renew(row: SealedToken): Promise<Fresh> {
    const { refreshToken } = await this.sealedTokens.open(row);
    return refreshToken !== undefined && (await this.claim(row)) ? this.exchange(row, refreshToken) : undefined;
  }

  /** False where another process exchanges the tokens of the row, or has exchanged them. */
  async claim(row: SealedToken): Promise<boolean> {
    const { installationId, generation } = row;
    const { text, values } = claimExchange({ installationId, generation, claimMs });
    const [, claimed] = await this.dataSource.query<[unknown, number]>(text, values);
    return claimed === 1;
  }

  private async exchange(row: SealedToken, refreshToken: string): Promise<Fresh> {
    const { installationId } = row;
    let renewed: Tokens;
    try {
      renewed = await this.slack.refresh(refreshToken);
    } catch (error) {
      if (!(error instanceof SlackRefused || error instanceof SlackUnavailable)) throw error;
      this.log.warn({ installationId, code: error.code }, 'Slack did not exchange the refresh token');
      await this.release(row);
      const refused = error instanceof SlackRefused && error.tokenIsDead;
      tokenRefreshes.inc({ end: refused ? 'refused' : 'unavailable' });
      return refused ? { refused: error.code } : undefined;
    }
    const stored = await this.storeWithRetry(row, renewed);
    tokenRefreshes.inc({ end: stored ? 'stored' : 'too_late' });
    if (stored) return renewed;
    const newer = await this.sealedTokens.find(installationId);
    if (newer) return this.sealedTokens.open(newer);
    // It was disconnected or deleted meanwhile; the stored revocation knows only the old pair.
    await this.slack
      .revokeOne?.(renewed.accessToken)
      .catch((error: unknown) =>
        this.log.warn({ err: error, installationId }, 'a token that came too late could not be revoked'),
      );
    return undefined;
  }

  /** The old refresh token is used up, so a short failure of the database must not lose the new pair. */
  private async storeWithRetry(row: SealedToken, renewed: Tokens): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.sealedTokens.replace(row, renewed);
      } catch (error) {
        if (attempt === storeAttempts) throw error;
        await pause(500);
      }
    }
  }

  /** Ends a claim whose exchange came to nothing. @param againInMs nobody claims the row before */
  async release(row: SealedToken, againInMs = 0): Promise<void> {
    const { installationId, generation } = row;
    const { text, values } = releaseExchange({ installationId, generation, againInMs });
    await this.dataSource.query(text, values);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const claimExchange = defineStatement({
  parameters: { installationId: 'uuid', generation: 'integer', claimMs: 'float8' },
  text: (p) => `
UPDATE sealed_token SET refreshing_until = clock_timestamp() + ${p.claimMs} * interval '1 millisecond'
 WHERE installation_id = ${p.installationId} AND generation = ${p.generation}
   AND (refreshing_until IS NULL OR refreshing_until < clock_timestamp())`,
});

const releaseExchange = defineStatement({
  parameters: { installationId: 'uuid', generation: 'integer', againInMs: 'float8' },
  text: (p) => `
UPDATE sealed_token SET refreshing_until = clock_timestamp() + ${p.againInMs} * interval '1 millisecond'
 WHERE installation_id = ${p.installationId} AND generation = ${p.generation}`,
});
