// The Slack client of an installation, with its current bot token. Guarantees: one client per token; a client that was
// not used for ten minutes is dropped, and at most 2,000 are kept (one takes about 26 kB); without a token the delivery
// waits, and no attempt is counted. BotTokens (libs/runtime) requests and caches the tokens.
import { BotToken, RecentlyUsed, type BotTokens } from '@carillon/runtime';
import { SlackClient } from '@carillon/slack';

export interface Connection {
  client: SlackClient;
  teamId: string | null;
}

export interface TokenUnavailable {
  why: 'token_unavailable';
  holdMs: number;
}

export interface SlackConnectionsSettings {
  slackUrl: string;
  callTimeoutMs: number;
  /** Of the installations that were used last. */
  mostClients?: number;
}

const limits = { most: 2_000, idleMs: 600_000 };

export class SlackConnections {
  private readonly clients: RecentlyUsed<{ token: BotToken; client: SlackClient }>;

  constructor(
    private readonly tokens: Pick<BotTokens, 'tokenOf' | 'clearHold'>,
    private readonly settings: SlackConnectionsSettings,
  ) {
    this.clients = new RecentlyUsed({ ...limits, most: settings.mostClients ?? limits.most });
  }

  /** How many clients are kept. */
  get size(): number {
    return this.clients.size;
  }

  async connection(installationId: string, tenantId: string): Promise<Connection | TokenUnavailable> {
    const token = await this.tokens.tokenOf(installationId, tenantId);
    if (!(token instanceof BotToken)) return { why: 'token_unavailable', holdMs: token.holdMs };
    return { client: this.clientOf(installationId, token), teamId: token.teamId };
  }

  /** The installation is active again. */
  restored(installationId: string): void {
    this.tokens.clearHold(installationId);
  }

  private clientOf(installationId: string, token: BotToken): SlackClient {
    const known = this.clients.get(installationId);
    if (known?.token === token) return known.client;
    const { slackUrl, callTimeoutMs: timeoutMs } = this.settings;
    const client = new SlackClient({ token: token.reveal(), slackUrl, timeoutMs });
    this.clients.set(installationId, { token, client });
    return client;
  }
}
