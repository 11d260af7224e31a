// Bot tokens, from the installation service, in memory only. Promises: one request for many who ask at once; a token is
// used until it expires or Slack refuses it, also while the installation service is away; none is ever logged.
import { createLogger } from '@carillon/telemetry';
import type { ServiceTokens } from '@carillon/runtime';
import { SlackClient } from '@carillon/slack';

export interface BotTokensSettings {
  installationUrl: string;
  slackUrl: string;
  callTimeoutMs: number;
}

export interface Connection {
  client: SlackClient;
  teamId: string;
}

/** Instants in ms since 1970. */
interface Held extends Connection {
  /** From then on a newer one is asked for, beside the use of this one. */
  refreshAt: number;
  /** Slack refuses it from then on; a token without rotation lives until it is revoked. */
  diesAt: number;
}

interface TokenAnswer {
  tokens: { installationId: string; teamId: string; token: string; expiresAt?: string }[];
}

const withoutRotationMs = 3_600_000;
const askTimeoutMs = 5_000;
/** A rotated token is replaced this long before it dies. */
const aheadMs = 300_000;
/** While the installation service does not answer, it is asked this often about a token that still lives. */
const askAgainMs = 10_000;

export class BotTokens {
  private readonly held = new Map<string, Held>();
  private readonly asking = new Map<string, Promise<void>>();
  private readonly log = createLogger('bot-tokens');

  constructor(
    private readonly settings: BotTokensSettings,
    private readonly identity: Pick<ServiceTokens, 'token' | 'forget'>,
  ) {}

  /** Undefined when there is no token for now: the delivery waits, no attempt is counted. */
  async connection(installationId: string): Promise<Connection | undefined> {
    const held = this.living(installationId);
    if (held && held.refreshAt > Date.now()) return held;
    const asked = this.askOnce(installationId);
    if (held) return held;
    await asked;
    return this.living(installationId);
  }

  /** Slack refused it: the next one who needs it asks again. */
  forget(installationId: string): void {
    this.held.delete(installationId);
  }

  /** Tells the owner of the tokens that Slack refused one; it finds out whether the installation is lost. */
  async reportDead(installationId: string, error: string): Promise<void> {
    try {
      await this.post('/v1/tokens/dead', { installationId, error });
    } catch (cause) {
      this.log.warn({ err: cause, installationId }, 'a refused token could not be reported');
    }
  }

  private living(installationId: string): Held | undefined {
    const held = this.held.get(installationId);
    return held && held.diesAt > Date.now() ? held : undefined;
  }

  private askOnce(installationId: string): Promise<void> {
    let asked = this.asking.get(installationId);
    if (!asked) {
      asked = this.ask(installationId).finally(() => this.asking.delete(installationId));
      this.asking.set(installationId, asked);
    }
    return asked;
  }

  private async ask(installationId: string): Promise<void> {
    try {
      const answer = (await this.post('/v1/tokens', { installationIds: [installationId] })) as TokenAnswer;
      for (const { token, expiresAt, ...rest } of answer.tokens) {
        this.held.set(rest.installationId, {
          client: new SlackClient({ token, slackUrl: this.settings.slackUrl, timeoutMs: this.settings.callTimeoutMs }),
          teamId: rest.teamId,
          refreshAt: expiresAt ? Math.max(Date.parse(expiresAt) - aheadMs, Date.now() + askAgainMs) : Date.now() + withoutRotationMs,
          diesAt: expiresAt ? Date.parse(expiresAt) : Infinity,
        });
      }
    } catch (error) {
      const held = this.living(installationId);
      if (held) held.refreshAt = Date.now() + askAgainMs;
      this.log.warn({ err: error, installationId, living: held !== undefined }, 'no new bot token for now');
    }
  }

  private async post(path: string, body: object): Promise<unknown> {
    const token = await this.identity.token();
    const response = await fetch(new URL(path, this.settings.installationUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(askTimeoutMs),
    });
    if (response.status === 401) this.identity.forget(token);
    if (!response.ok) throw new Error(`the installation service answered ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  }
}
