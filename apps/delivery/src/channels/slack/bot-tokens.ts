// Bot tokens, from the installation service, in memory only. Guarantees: who asks at about the same time is one
// request, of at most 500 installations; the service is asked at most four times a second, and while it refuses or is
// away only after a growing pause, at least as long as its Retry-After; a token is used until it expires or Slack
// refuses it, also meanwhile; a token is handed only to the tenant whose installation it is, by what the installation
// service says; none is ever logged.
import { createLogger } from '@carillon/telemetry';
import { SlackClient } from '@carillon/slack';
import { TokenRequests, type IssuedToken, type TokenRequestsSettings } from './token-requests.ts';

export interface BotTokensSettings extends TokenRequestsSettings {
  slackUrl: string;
  callTimeoutMs: number;
}

export interface Connection {
  client: SlackClient;
  teamId: string | null;
}

/** Why there is no token for now. The delivery waits, no attempt is counted. */
export interface TokenUnavailable {
  why: 'token_unavailable';
  holdMs: number;
}

/** Instants in ms since 1970. */
interface Held extends Connection {
  /** Absent from installation services of the release before this one. */
  tenantId: string | undefined;
  /** From then on a newer one is asked for, beside the use of this one. */
  refreshAt: number;
  /** Slack refuses it from then on; a token without rotation lives until it is revoked. */
  diesAt: number;
}

const withoutRotationMs = 3_600_000;
/** A rotated token is replaced this long before it dies. */
const aheadMs = 300_000;
/** While the installation service gives no newer one, it is asked this often about a token that still lives. */
const askAgainMs = 10_000;
const shortestHoldMs = 1_000;
const longestHoldMs = 30_000;

export class BotTokens {
  private readonly held = new Map<string, Held>();
  /** Installations that the service gave no token of, how often in a row, and when it may be asked again. */
  private readonly refused = new Map<string, { times: number; askAt: number }>();
  private readonly log = createLogger('bot-tokens');
  private readonly requests: TokenRequests;

  constructor(
    private readonly settings: BotTokensSettings,
    identity: ConstructorParameters<typeof TokenRequests>[1],
  ) {
    this.requests = new TokenRequests(settings, identity);
  }

  async connection(installationId: string, tenantId: string): Promise<Connection | TokenUnavailable> {
    const held = this.living(installationId);
    if (held && held.refreshAt > Date.now()) return this.handOver(held, installationId, tenantId);
    const asked = this.ask(installationId);
    if (!held) await asked;
    const found = held ?? this.living(installationId);
    return found
      ? this.handOver(found, installationId, tenantId)
      : { why: 'token_unavailable', holdMs: this.holdMs(installationId) };
  }

  /** Slack refused it: the next one who needs it asks again. */
  forget(installationId: string): void {
    this.held.delete(installationId);
  }

  /** It works again: no pause that began before counts. */
  restored(installationId: string): void {
    this.refused.delete(installationId);
  }

  /** Tells the owner of the tokens that Slack refused one; it finds out whether the installation is lost. */
  async reportDead(installationId: string, error: string): Promise<void> {
    try {
      await this.requests.reportDead(installationId, error);
    } catch (cause) {
      this.log.warn({ err: cause, installationId }, 'a refused token could not be reported');
    }
  }

  private handOver(held: Held, installationId: string, tenantId: string): Connection | TokenUnavailable {
    if (held.tenantId === undefined || held.tenantId === tenantId) return held;
    this.log.error(
      { installationId, tenant: tenantId },
      'a delivery names the installation of another tenant; it is not sent',
    );
    return { why: 'token_unavailable', holdMs: longestHoldMs };
  }

  private living(installationId: string): Held | undefined {
    const held = this.held.get(installationId);
    return held && held.diesAt > Date.now() ? held : undefined;
  }

  private async ask(installationId: string): Promise<void> {
    if ((this.refused.get(installationId)?.askAt ?? 0) > Date.now()) return;
    const answer = await this.requests.tokenOf(installationId);
    if (answer.kind === 'issued') return this.keep(answer.token);
    const held = this.living(installationId);
    if (held) held.refreshAt = Date.now() + askAgainMs;
    this.log.warn({ installationId, reason: answer.reason, living: held !== undefined }, 'no new bot token for now');
    if (answer.kind === 'later') return;
    const times = (this.refused.get(installationId)?.times ?? 0) + 1;
    this.refused.set(installationId, {
      times,
      askAt: Date.now() + Math.min(longestHoldMs, shortestHoldMs * 2 ** Math.min(times, 10)),
    });
  }

  private keep({ installationId, tenantId, teamId, token, expiresAt }: IssuedToken): void {
    this.refused.delete(installationId);
    this.held.set(installationId, {
      client: new SlackClient({ token, slackUrl: this.settings.slackUrl, timeoutMs: this.settings.callTimeoutMs }),
      tenantId,
      teamId,
      refreshAt: expiresAt
        ? Math.max(Date.parse(expiresAt) - aheadMs, Date.now() + askAgainMs)
        : Date.now() + withoutRotationMs,
      diesAt: expiresAt ? Date.parse(expiresAt) : Infinity,
    });
  }

  private holdMs(installationId: string): number {
    const askAt = Math.max(this.refused.get(installationId)?.askAt ?? 0, this.requests.pausedUntil);
    return Math.max(shortestHoldMs, askAt - Date.now());
  }
}
