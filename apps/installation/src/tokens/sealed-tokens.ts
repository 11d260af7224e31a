// Seals and stores Slack's tokens. Guarantees: the database holds a token only sealed, for its own installation (or
// connection) and purpose; the token is deleted when the installation is no longer active.
import { In, type DataSource, type EntityManager } from 'typeorm';
import type { Tokens } from '../slack-app/grant.ts';
import type { KeyRing } from './key-ring.ts';
import { SealedToken } from './sealed-token.entity.ts';

export type SealedPair = Pick<SealedToken, 'kid' | 'accessToken' | 'refreshToken' | 'expiresAt'>;

export class SealedTokens {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ring: KeyRing,
  ) {}

  async store(manager: EntityManager, installationId: string, tokens: Tokens): Promise<void> {
    // An exchange that is in progress must not put its pair in the place of this one.
    const generation = ((await this.find(installationId, manager))?.generation ?? 0) + 1;
    await manager.upsert(
      SealedToken,
      { installationId, ...(await this.seal(installationId, tokens)), refreshingUntil: null, generation },
      ['installationId'],
    );
  }

  async forget(manager: EntityManager, installationId: string): Promise<void> {
    await manager.delete(SealedToken, { installationId });
  }

  async find(installationId: string, manager = this.dataSource.manager): Promise<SealedToken | null> {
    return manager.findOneBy(SealedToken, { installationId });
  }

  /** Those of the installations whose token was sealed with a key that the ring lacks. */
  async withoutKey(installationIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.dataSource.manager.find(SealedToken, {
      select: { installationId: true, kid: true },
      where: { installationId: In([...installationIds]) },
    });
    return new Set(rows.filter(({ kid }) => !this.ring.has(kid)).map(({ installationId }) => installationId));
  }

  /** No exchange stores a new pair until the end of the transaction. */
  async lock(manager: EntityManager, installationId: string): Promise<SealedToken | null> {
    return manager.findOne(SealedToken, { where: { installationId }, lock: { mode: 'pessimistic_write' } });
  }

  /** Replaces the pair that was exchanged by the new one; false where the row already holds a newer pair. */
  async replace(old: SealedToken, tokens: Tokens): Promise<boolean> {
    const { affected } = await this.dataSource.manager.update(
      SealedToken,
      { installationId: old.installationId, generation: old.generation },
      { ...(await this.seal(old.installationId, tokens)), refreshingUntil: null, generation: old.generation + 1 },
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
