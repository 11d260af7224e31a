// The steps of a connection attempt until Slack's answer. Guarantees: an attempt expires after ten minutes, belongs to
// the first browser that goes on to Slack, and is used once, also by concurrent requests and over all processes;
// looking at the start page uses nothing up; a browser's request counts only where its signature, the stored row and
// the cookie agree.
import { randomUUID } from 'node:crypto';
import { In, IsNull, LessThan, type DataSource } from 'typeorm';
import type { ScopeProfileName } from '@carillon/domain';
import type { AuditCaller, AuditLog, BrowserBinding } from '@carillon/runtime';
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

  async begin(caller: AuditCaller, request: ConnectionRequest): Promise<{ id: string; link: string; expiresAt: Date }> {
    const id = randomUUID();
    const expiresAt = new Date(Date.now() + attemptLifetimeMs);
    const { tenantId, profile, installationId } = request;
    await this.dataSource.transaction(async (manager) => {
      const old = { expiresAt: LessThan(new Date(Date.now() - remembranceMs)), accessToken: IsNull() };
      await manager.delete(ConnectionAttempt, old);
      await manager.insert(ConnectionAttempt, { id, ...request, expiresAt });
      const detail = { profile, ...(installationId !== undefined && { installationId }) };
      await this.audit.record(manager, caller, {
        action: 'connection.begun',
        subject: `connection:${id}`,
        tenantId,
        detail,
      });
    });
    return { id, link: await this.signer.sign(id, 'link', expiresAt), expiresAt };
  }

  /** The browser looks at the start page. `proof` has to come back with the page's form. */
  async show(link: string, cookies: string | undefined): Promise<Step<{ proof: string; cookie: string }>> {
    const found = await this.find(link, 'link');
    if (!found || 'refusal' in found) return found;
    const { attempt } = found;
    const presented = this.binding.presented(cookies, attempt.id);
    const isBound = attempt.browserDigest !== null;
    if (isBound && !this.isBoundTo(attempt, presented)) return { attempt, refusal: 'wrong_browser' };
    const secret = presented ?? this.binding.newSecret();
    return { attempt, proof: this.binding.digest(secret), cookie: this.cookieOf(attempt, secret) };
  }

  /**
   * The browser goes on to Slack, which binds the attempt to it unless that was done before. The proof shows that the
   * form is the start page's, in the browser that has its cookie: a form on another page has neither.
   */
  async open(
    link: string,
    proof: string,
    cookies: string | undefined,
  ): Promise<Step<{ state: string; secret: string; cookie: string }>> {
    const found = await this.find(link, 'link');
    if (!found || 'refusal' in found) return found;
    const { attempt } = found;
    const secret = this.binding.presented(cookies, attempt.id);
    if (secret === undefined || this.binding.digest(secret) !== proof) return { attempt, refusal: 'wrong_browser' };
    if (attempt.browserDigest === null) {
      const { affected } = await this.dataSource.manager.update(
        ConnectionAttempt,
        { id: attempt.id, browserDigest: IsNull() },
        { browserDigest: proof },
      );
      if (affected !== 1) return { attempt, refusal: 'wrong_browser' };
    } else if (!this.isBoundTo(attempt, secret)) return { attempt, refusal: 'wrong_browser' };
    const state = await this.signer.sign(attempt.id, 'state', attempt.expiresAt);
    return { attempt, state, secret, cookie: this.cookieOf(attempt, secret) };
  }

  /** Slack sent the browser back. The attempt is used from then on. */
  async use(state: string, cookies: string | undefined): Promise<Step<{ secret: string; clearCookie: string }>> {
    const found = await this.find(state, 'state');
    if (!found) return this.withoutState(cookies);
    if ('refusal' in found) return found;
    const { attempt } = found;
    const secret = this.binding.presented(cookies, attempt.id);
    if (secret === undefined || !this.isBoundTo(attempt, secret)) return { attempt, refusal: 'wrong_browser' };
    const { affected } = await this.dataSource.manager.update(
      ConnectionAttempt,
      { id: attempt.id, usedAt: IsNull() },
      { usedAt: new Date() },
    );
    if (affected !== 1) return { attempt, refusal: 'link_used' };
    return { attempt, secret, clearCookie: this.binding.clearCookie(attempt.id) };
  }

  /** The state is not one of ours, but the browser's cookie tells which attempt it is in. */
  private async withoutState(cookies: string | undefined): Promise<Step<never>> {
    const digests = this.binding.digestsIn(cookies).slice(0, 20);
    if (digests.length === 0) return undefined;
    const attempt = await this.dataSource.manager.findOne(ConnectionAttempt, {
      where: { browserDigest: In(digests), usedAt: IsNull() },
      order: { expiresAt: 'DESC' },
    });
    return attempt ? { attempt, refusal: 'wrong_state' } : undefined;
  }

  private isBoundTo({ browserDigest }: ConnectionAttempt, secret: string | undefined): boolean {
    return secret !== undefined && browserDigest === this.binding.digest(secret);
  }

  private cookieOf({ id, expiresAt }: ConnectionAttempt, secret: string): string {
    return this.binding.setCookie(id, secret, (expiresAt.getTime() - Date.now()) / 1000);
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
