// Renews tokens before anybody needs them: pairs that expire soon are exchanged, and tokens that do not expire are
// turned into pairs once the app has token rotation. Guarantees: each row is renewed by one process at a time
// (token-refresh.ts); a step looks at a bounded number of rows; a pair that Slack does not exchange now is tried again
// in the next round, and a token without expiry an hour later.
import { defineStatement } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import { In, type DataSource } from 'typeorm';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import type { SlackApp } from '../slack-app/slack-app.ts';
import { SealedToken } from './sealed-token.entity.ts';
import type { SealedTokens } from './sealed-tokens.ts';
import type { TokenRefresh } from './token-refresh.ts';

const atOnce = 50;
const inParallel = 4;
/** Slack exchanges a token once. Where its answer was lost, it refuses the next exchange for ever. */
const migrateAgainMs = 3_600_000;

export class TokenUpkeep {
  private readonly log = createLogger('token-upkeep');

  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly refresh: TokenRefresh,
    private readonly slack: Pick<SlackApp, 'migrate'>,
    /** What else is known of an installation: its authorisation ended, or Slack has to be asked whether it did. */
    private readonly report: {
      ended: (installationId: string, reason: string) => Promise<void>;
      verify: (installationId: string) => Promise<unknown>;
    },
    private readonly options: { aheadMs: number; migrate: boolean },
  ) {}

  /** One round. Never throws. */
  async run(): Promise<void> {
    try {
      await this.each(expiringSoon({ aheadMs: this.options.aheadMs, most: atOnce }), async (row) => {
        const fresh = await this.refresh.fresh(row);
        // It expired, and Slack says that the authorisation ended.
        if (fresh && 'refused' in fresh) await this.report.ended(row.installationId, fresh.refused);
      });
      if (this.options.migrate) await this.each(withoutExpiry({ most: atOnce }), (row) => this.migrate(row));
    } catch (error) {
      this.log.warn({ err: error }, 'tokens were not renewed ahead of time');
    }
  }

  private async each(
    { text, values }: { text: string; values: unknown[] },
    renew: (row: SealedToken) => Promise<void>,
  ): Promise<void> {
    const ids = (await this.dataSource.query<{ id: string }[]>(text, values)).map(({ id }) => id);
    const rows = await this.dataSource.manager.findBy(SealedToken, { installationId: In(ids) });
    const next = async (): Promise<void> => {
      for (let row = rows.pop(); row; row = rows.pop()) {
        const { installationId } = row;
        await renew(row).catch((error: unknown) =>
          this.log.warn({ err: error, installationId }, 'a token was not renewed ahead of time'),
        );
      }
    };
    await Promise.all(Array.from({ length: inParallel }, next));
  }

  /** Slack exchanges a token once; the old one works until the new pair is stored, and is revoked then. */
  private async migrate(row: SealedToken): Promise<void> {
    const { installationId } = row;
    try {
      const { accessToken } = await this.sealedTokens.open(row);
      if (!(await this.refresh.claim(row))) return;
      if (await this.sealedTokens.replace(row, await this.slack.migrate(accessToken)))
        this.log.info({ installationId }, 'the token rotates from now on');
    } catch (error) {
      if (!(error instanceof SlackRefused || error instanceof SlackUnavailable)) throw error;
      const isRefused = error instanceof SlackRefused;
      await this.refresh.release(row, isRefused ? migrateAgainMs : 0);
      this.log.warn({ installationId, code: error.code }, 'Slack did not exchange a token that does not expire');
      if (isRefused) await this.report.verify(installationId);
    }
  }
}

const expiringSoon = defineStatement({
  parameters: { aheadMs: 'float8', most: 'integer' },
  text: (p) => `
SELECT installation_id AS id FROM sealed_token
 WHERE refresh_token IS NOT NULL AND expires_at < clock_timestamp() + ${p.aheadMs} * interval '1 millisecond'
   AND (refreshing_until IS NULL OR refreshing_until < clock_timestamp())
 ORDER BY random() LIMIT ${p.most}`,
});

const withoutExpiry = defineStatement({
  parameters: { most: 'integer' },
  text: (p) =>
    `
SELECT installation_id AS id FROM sealed_token
 WHERE refresh_token IS NULL AND (refreshing_until IS NULL OR refreshing_until < clock_timestamp())
 ORDER BY random() LIMIT ${p.most}`,
});
