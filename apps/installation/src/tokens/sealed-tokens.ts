// Seals and stores Slack's tokens. Guarantees: the database holds a token only sealed, for its own installation (or
// connection) and purpose; the token is deleted when the installation is no longer active; rows of an older key are
// sealed again.
import { createLogger } from '@carillon/telemetry';
import type { DataSource, EntityManager } from 'typeorm';
import type { Tokens } from '../slack-app/grant.ts';
import type { KeyRing } from './key-ring.ts';
import { SealedToken } from './sealed-token.entity.ts';

export type SealedPair = Pick<SealedToken, 'kid' | 'accessToken' | 'refreshToken' | 'expiresAt'>;

const lowestId = '00000000-0000-0000-0000-000000000000';

export class SealedTokens {
  private readonly log = createLogger('sealed-tokens');

  constructor(
    private readonly dataSource: DataSource,
    private readonly ring: KeyRing,
  ) {}

  async store(manager: EntityManager, installationId: string, tokens: Tokens): Promise<void> {
    await manager.upsert(
      SealedToken,
      { installationId, ...(await this.seal(installationId, tokens)), refreshingUntil: null },
      ['installationId'],
    );
  }

  async forget(manager: EntityManager, installationId: string): Promise<void> {
    await manager.delete(SealedToken, { installationId });
  }

  async find(installationId: string, manager = this.dataSource.manager): Promise<SealedToken | null> {
    return manager.findOneBy(SealedToken, { installationId });
  }

  /** Replaces the pair that was exchanged by the new one; false where the row already holds a newer pair. */
  async replace(old: SealedToken, tokens: Tokens): Promise<boolean> {
    const { affected } = await this.dataSource.manager.update(
      SealedToken,
      { installationId: old.installationId, accessToken: old.accessToken },
      { ...(await this.seal(old.installationId, tokens)), refreshingUntil: null },
    );
    return affected === 1;
  }

  async open(row: SealedPair & { installationId: string }): Promise<Tokens> {
    const { installationId, expiresAt } = row;
    return {
      accessToken: await this.ring.open(row.accessToken, { installationId, purpose: 'access' }),
      ...(row.refreshToken !== null && {
        refreshToken: await this.ring.open(row.refreshToken, { installationId, purpose: 'refresh' }),
      }),
      ...(expiresAt && { expiresAt }),
    };
  }

  /** Seals the rows of older keys with the first key. Several processes may do this at once. Never throws. */
  async sealAnew(): Promise<void> {
    try {
      const sealed = await this.sealAllAnew();
      if (sealed > 0)
        this.log.info({ kid: this.ring.sealingKid, count: sealed }, 'tokens were sealed with the new key');
    } catch (error) {
      this.log.warn({ err: error }, 'not every token was sealed with the new key; the next start tries again');
    }
  }

  private async sealAllAnew(): Promise<number> {
    let sealed = 0;
    for (let after: string | undefined = lowestId; after !== undefined; ) {
      const from: string = after;
      after = await this.dataSource.transaction(async (manager) => {
        const rows = await manager
          .createQueryBuilder(SealedToken, 'token')
          .where('token.kid <> :kid AND token.installationId > :from', { kid: this.ring.sealingKid, from })
          .orderBy('token.installationId')
          .limit(100)
          .setLock('pessimistic_write')
          .setOnLocked('skip_locked')
          .getMany();
        for (const row of rows) if (await this.sealRowAnew(manager, row)) sealed++;
        return rows.at(-1)?.installationId;
      });
    }
    return sealed;
  }

  private async sealRowAnew(manager: EntityManager, row: SealedToken): Promise<boolean> {
    try {
      const tokens = await this.open(row);
      await manager.update(
        SealedToken,
        { installationId: row.installationId },
        await this.seal(row.installationId, tokens),
      );
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code;
      this.log.error(
        { installationId: row.installationId, kid: row.kid, code },
        'a sealed token does not open; the code says why, TOKEN_KEYS may lack its key',
      );
      return false;
    }
  }

  /** @param installationId the installation or connection that the tokens are sealed for */
  async seal(installationId: string, tokens: Tokens): Promise<SealedPair> {
    const { accessToken, refreshToken, expiresAt } = tokens;
    return {
      kid: this.ring.sealingKid,
      accessToken: await this.ring.seal(accessToken, { installationId, purpose: 'access' }),
      refreshToken:
        refreshToken === undefined ? null : await this.ring.seal(refreshToken, { installationId, purpose: 'refresh' }),
      expiresAt: expiresAt ?? null,
    };
  }
}
