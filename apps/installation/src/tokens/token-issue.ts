// Opens sealed bot tokens for the services that call Slack. Guarantees: only tokens of active installations are opened;
// an installation without a token comes with a reason; a token never reaches a log or an error. It does not decide who
// may ask.
import type { IssuedToken, TokenAnswer, UnavailableReason } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { Installation } from '../installations/installation.entity.ts';
import { InstallationVerifier } from '../installations/installation-verifier.ts';
import { KeyRingError } from './key-ring.ts';
import { SealedToken } from './sealed-token.entity.ts';
import { TokenRefresh } from './token-refresh.ts';

@Injectable()
export class TokenIssue {
  private readonly log = createLogger('token-issue');

  constructor(
    private readonly dataSource: DataSource,
    private readonly refresh: TokenRefresh,
    private readonly verifier: InstallationVerifier,
  ) {}

  /** `tenantOf`: the owner of each known installation. */
  async issue(installationIds: readonly string[]): Promise<{ issue: TokenAnswer; tenantOf: Map<string, string> }> {
    const ids = [...new Set(installationIds.map((id) => id.toLowerCase()))];
    const installations = new Map(
      (await this.dataSource.manager.findBy(Installation, { id: In(ids) })).map((installation) => [
        installation.id,
        installation,
      ]),
    );
    const rows = new Map(
      (await this.dataSource.manager.findBy(SealedToken, { installationId: In(ids) })).map((row) => [
        row.installationId,
        row,
      ]),
    );
    const issue: TokenAnswer = { tokens: [], unavailable: [] };
    await Promise.all(
      ids.map(async (installationId) => {
        const answer = await this.issueOne(installations.get(installationId), rows.get(installationId));
        if (typeof answer === 'string') issue.unavailable.push({ installationId, reason: answer });
        else issue.tokens.push(answer);
      }),
    );
    return { issue, tenantOf: new Map([...installations.values()].map(({ id, tenantId }) => [id, tenantId])) };
  }

  private async issueOne(
    installation: Installation | undefined,
    row: SealedToken | undefined,
  ): Promise<IssuedToken | UnavailableReason> {
    if (!installation || installation.state === 'pending') return 'unknown';
    if (installation.state !== 'active') return installation.state;
    if (!row) return 'unreadable';
    try {
      const fresh = await this.refresh.fresh(row);
      if (!fresh) return 'expired';
      if ('refused' in fresh) {
        await this.verifier.mark(installation, fresh.refused);
        return 'lost';
      }
      return {
        installationId: installation.id,
        tenantId: installation.tenantId,
        teamId: installation.teamId,
        token: fresh.accessToken,
        ...(fresh.expiresAt && { expiresAt: fresh.expiresAt.toISOString() }),
      };
    } catch (error) {
      if (!(error instanceof KeyRingError)) throw error;
      this.log.error(
        { installationId: installation.id, code: error.code },
        'a sealed token does not open; the code says why, TOKEN_KEYS may lack its key',
      );
      return 'unreadable';
    }
  }
}
