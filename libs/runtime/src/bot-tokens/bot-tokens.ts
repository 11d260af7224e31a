// The bot tokens that a service uses, fetched from the installation service and kept in memory only: the one client of
// its token routes. Guarantees: requests are batched and paced (token-requests.ts); a token is used until it expires or
// Slack refuses it, also while the installation service is away; a newer one is requested ahead of its expiry; a token
// is handed only to the tenant that the installation service names as its owner; no token is logged; memory is bounded,
// and a token that was not used for a day is dropped (and requested again when it is needed); an installation without
// a token is asked for after pauses that grow to minutes. It does not call Slack, and does not decide whether Slack's
// refusal means a dead token.
import { createLogger } from '@carillon/telemetry';
import { BotToken } from './bot-token.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { IssuedToken, UnavailableReason } from './token-answer.ts';
import { TokenRequests, type ServiceIdentity, type TokenRequestsSettings } from './token-requests.ts';

/** `foreign_tenant`: another tenant owns the installation. `service_unavailable`: no answer, or a refusal. */
export type TokenUnavailableReason = UnavailableReason | 'foreign_tenant' | 'service_unavailable';

export interface TokenUnavailable {
  unavailable: TokenUnavailableReason;
  /** The ms to wait before the next request. */
  holdMs: number;
}

/** Instants in ms since 1970. */
interface CachedToken {
  token: BotToken;
  tenantId: string;
  /** From then on a newer token is requested while this one is still used. */
  refreshAt: number;
  /** Slack refuses the token from then on. A token without rotation lives until it is revoked. */
  expiresAt: number;
}

/** An installation without a token: why, how often in a row it was asked for, and when to ask again. */
interface MissingToken {
  reason: UnavailableReason;
  times: number;
  askAt: number;
}

export interface BotTokensSettings extends TokenRequestsSettings {
  /** How many tokens, and how many installations without one, are kept in memory. */
  mostTokens?: number;
}

const refreshWithoutRotationMs = 3_600_000;
/** A rotated token is replaced this long before it expires. */
const refreshAheadMs = 300_000;
/** How often a newer token is requested while the current one still works. */
const refreshAgainMs = 10_000;
const minHoldMs = 1_000;
const foreignHoldMs = 30_000;
/**
 * The longest pause between two requests for an installation without a token. Where only an admin's act brings a token
 * back, the installation's next state calls clearHold().
 */
const maxHoldMs: Record<UnavailableReason, number> = {
  lost: 300_000,
  disconnected: 300_000,
  unknown: 60_000,
  unreadable: 60_000,
  expired: 30_000,
};
const limits = { most: 20_000, idleMs: 86_400_000 };

export class BotTokens {
  private readonly cached: RecentlyUsed<CachedToken>;
  private readonly missing: RecentlyUsed<MissingToken>;
  /** Two processes that have asked together do not ask together again. */
  private readonly phase = Math.random();
  private readonly log = createLogger('bot-tokens');
  private readonly requests: TokenRequests;

  constructor({ mostTokens = limits.most, ...settings }: BotTokensSettings, identity: ServiceIdentity) {
    this.requests = new TokenRequests(settings, identity);
    this.cached = new RecentlyUsed({ ...limits, most: mostTokens });
    this.missing = new RecentlyUsed({ ...limits, most: mostTokens });
  }

  /** The same object for as long as the token is the same. Never throws. */
  async tokenOf(installationId: string, tenantId: string): Promise<BotToken | TokenUnavailable> {
    const cached = this.living(installationId);
    if (cached && cached.refreshAt > Date.now()) return this.forTenant(cached, installationId, tenantId);
    const refreshed = this.refresh(installationId);
    if (!cached) await refreshed;
    const found = cached ?? this.living(installationId);
    return found
      ? this.forTenant(found, installationId, tenantId)
      : {
          unavailable: this.missing.get(installationId)?.reason ?? 'service_unavailable',
          holdMs: this.holdMs(installationId),
        };
  }

  /** Slack refused the token: the next call requests a new one. */
  forget(installationId: string): void {
    this.cached.delete(installationId);
  }

  /** The installation may have a token again: the next call requests one, whatever the last answer was. */
  clearHold(installationId: string): void {
    this.missing.delete(installationId);
  }

  /** Tells the installation service that Slack refused a token; it asks Slack whether the installation is lost. */
  async reportDead(installationId: string, error: string): Promise<void> {
    try {
      await this.requests.reportDead(installationId, error);
    } catch (cause) {
      this.log.warn({ err: cause, installationId }, 'a dead token could not be reported');
    }
  }

  private forTenant(cached: CachedToken, installationId: string, tenantId: string): BotToken | TokenUnavailable {
    if (cached.tenantId === tenantId) return cached.token;
    this.log.error(
      { installationId, tenant: tenantId },
      'the installation belongs to another tenant; no token is given',
    );
    return { unavailable: 'foreign_tenant', holdMs: foreignHoldMs };
  }

  private living(installationId: string): CachedToken | undefined {
    const cached = this.cached.get(installationId);
    return cached && cached.expiresAt > Date.now() ? cached : undefined;
  }

  private async refresh(installationId: string): Promise<void> {
    if ((this.missing.get(installationId)?.askAt ?? 0) > Date.now()) return;
    const result = await this.requests.request(installationId);
    if (result.kind === 'issued') return this.keep(result.token);
    const living = this.living(installationId);
    if (living) living.refreshAt = Date.now() + refreshAgainMs;
    this.log.warn({ installationId, reason: result.reason, living: living !== undefined }, 'no new bot token');
    if (result.kind === 'failed') return;
    const times = (this.missing.get(installationId)?.times ?? 0) + 1;
    const holdMs = Math.min(maxHoldMs[result.reason], minHoldMs * 2 ** Math.min(times, 10));
    this.missing.set(installationId, {
      reason: result.reason,
      times,
      askAt: this.roundUp(Date.now() + holdMs, holdMs),
    });
  }

  /** To a grid of a quarter of the pause: installations that were asked for at about the same time share a request. */
  private roundUp(instant: number, pauseMs: number): number {
    const stepMs = pauseMs / 4;
    return Math.ceil((Math.ceil(instant / stepMs) + this.phase) * stepMs);
  }

  private keep({ installationId, tenantId, teamId, token, expiresAt }: IssuedToken): void {
    this.missing.delete(installationId);
    const known = this.cached.get(installationId)?.token;
    this.cached.set(installationId, {
      token: known?.reveal() === token && known.teamId === teamId ? known : new BotToken(token, teamId),
      tenantId,
      refreshAt: expiresAt
        ? Math.max(Date.parse(expiresAt) - refreshAheadMs, Date.now() + refreshAgainMs)
        : Date.now() + refreshWithoutRotationMs,
      expiresAt: expiresAt ? Date.parse(expiresAt) : Infinity,
    });
  }

  private holdMs(installationId: string): number {
    const askAt = Math.max(this.missing.get(installationId)?.askAt ?? 0, this.requests.pausedUntil);
    return Math.max(minHoldMs, askAt - Date.now());
  }
}
