// The Slack client of an installation, with its current bot token. Guarantees: one client per token; without a token
// the delivery waits, and no attempt is counted. BotTokens (libs/runtime) requests and caches the tokens.
import { BotToken, type BotTokens } from '@carillon/runtime';
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
}

export class SlackConnections {
  private readonly clients = new WeakMap<BotToken, SlackClient>();

  constructor(
    private readonly tokens: Pick<BotTokens, 'tokenOf' | 'clearHold'>,
    private readonly settings: SlackConnectionsSettings,
  ) {}

  async connection(installationId: string, tenantId: string): Promise<Connection | TokenUnavailable> {
    const token = await this.tokens.tokenOf(installationId, tenantId);
    if (!(token instanceof BotToken)) return { why: 'token_unavailable', holdMs: token.holdMs };
    return { client: this.clientOf(token), teamId: token.teamId };
  }

  /** The installation is active again. */
  restored(installationId: string): void {
    this.tokens.clearHold(installationId);
  }

  private clientOf(token: BotToken): SlackClient {
    let client = this.clients.get(token);
    if (!client) {
      const { slackUrl, callTimeoutMs: timeoutMs } = this.settings;
      this.clients.set(token, (client = new SlackClient({ token: token.reveal(), slackUrl, timeoutMs })));
    }
    return client;
  }
}
