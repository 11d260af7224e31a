// The steps of a connection attempt. Guarantees: an attempt expires after ten minutes, belongs to the first browser
// that opens its link, and is used once, also by concurrent requests; a browser's request counts only where its
// signature, the stored row and the cookie agree.
import { randomUUID } from 'node:crypto';
import { IsNull, LessThan, type DataSource } from 'typeorm';
import type { ScopeProfileName } from '@carillon/domain';
import type { AuditCaller, AuditLog } from '@carillon/runtime';
import type { BrowserBinding } from './browser-binding.ts';
import { ConnectionAttempt } from './connection-attempt.entity.ts';
import type { Refusal } from './connection-refusals.ts';
import type { AttemptSigner, Leg } from './signed-attempt.ts';

export const attemptLifetimeMs = 10 * 60_000;
/** How long an expired attempt is kept, so that a late browser gets the reason. */
const remembranceMs = 24 * 3_600_000;

export interface ConnectionRequest {
  tenantId: string;
  memberId: string;
  name?: string;
  profile: ScopeProfileName;
  installationId?: string;
  returnTo: string;
}

/** `undefined` where the request is not genuine, so that its return address is not trusted either. */
export type Step<T> =
  | ({ attempt: ConnectionAttempt } & T)
  | { attempt: ConnectionAttempt; refusal: Refusal }
  | undefined;

export class ConnectionAttempts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly signer: AttemptSigner,
    private readonly binding: BrowserBinding,
    private readonly audit: AuditLog,
  ) {}

  async begin(caller: AuditCaller, request: ConnectionRequest): Promise<{ link: string; expiresAt: Date }> {
    const id = randomUUID();
    const expiresAt = new Date(Date.now() + attemptLifetimeMs);
    const { tenantId, profile, installationId } = request;
    await this.dataSource.transaction(async (manager) => {
      await manager.delete(ConnectionAttempt, { expiresAt: LessThan(new Date(Date.now() - remembranceMs)) });
      await manager.insert(ConnectionAttempt, { id, ...request, expiresAt });
      const detail = { profile, ...(installationId !== undefined && { installationId }) };
      await this.audit.record(manager, caller, {
        action: 'connection.begun',
        subject: `connection:${id}`,
        tenantId,
        detail,
      });
    });
    return { link: await this.signer.sign(id, 'link', expiresAt), expiresAt };
  }

  /** The browser opens the link, which binds the attempt to it unless that was done before. */
  async open(link: string, cookies: string | undefined): Promise<Step<{ state: string; cookie?: string }>> {
    const found = await this.find(link, 'link');
    if (!found || 'refusal' in found) return found;
    const { attempt } = found;
    const state = await this.signer.sign(attempt.id, 'state', attempt.expiresAt);
    if (attempt.browserDigest === null) {
      const secret = this.binding.newSecret();
      const { affected } = await this.dataSource.manager.update(
        ConnectionAttempt,
        { id: attempt.id, browserDigest: IsNull() },
        { browserDigest: this.binding.digest(secret) },
      );
      if (affected !== 1) return { attempt, refusal: 'wrong_browser' };
      return {
        attempt,
        state,
        cookie: this.binding.setCookie(attempt.id, secret, (attempt.expiresAt.getTime() - Date.now()) / 1000),
      };
    }
    return this.binding.presented(cookies, attempt.id) === attempt.browserDigest
      ? { attempt, state }
      : { attempt, refusal: 'wrong_browser' };
  }

  /** Slack sent the browser back. The attempt is used from then on. */
  async use(state: string, cookies: string | undefined): Promise<Step<{ clearCookie: string }>> {
    const found = await this.find(state, 'state');
    if (!found || 'refusal' in found) return found;
    const { attempt } = found;
    const presented = this.binding.presented(cookies, attempt.id);
    if (presented === undefined || presented !== attempt.browserDigest) return { attempt, refusal: 'wrong_browser' };
    const { affected } = await this.dataSource.manager.update(
      ConnectionAttempt,
      { id: attempt.id, usedAt: IsNull(), browserDigest: presented },
      { usedAt: new Date() },
    );
    if (affected !== 1) return { attempt, refusal: 'link_used' };
    return { attempt, clearCookie: this.binding.clearCookie(attempt.id) };
  }

  private async find(signed: string, leg: Leg): Promise<Step<object>> {
    const verified = await this.signer.verify(signed, leg);
    if (!verified) return undefined;
    const attempt = await this.dataSource.manager.findOneBy(ConnectionAttempt, { id: verified.attemptId });
    if (!attempt) return undefined;
    if (attempt.usedAt) return { attempt, refusal: 'link_used' };
    if (verified.expired || attempt.expiresAt.getTime() <= Date.now()) return { attempt, refusal: 'link_expired' };
    return { attempt };
  }
}
