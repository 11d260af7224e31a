// Slack's Web API as one installation may call it. Promises: paced by Slack's limits for the workspace, with a fresh
// token; a token that expired meanwhile is replaced once per call.
import { SlackClient, type SlackAnswer } from '@carillon/slack';
import type { BotToken, InstallationTokens } from './installation-tokens.ts';
import type { MethodPace } from './method-pace.ts';

export interface InstallationSlackOptions {
  installationId: string;
  tenantId: string;
  /** Whose limits count: the workspace, or the organisation. */
  workspace: string;
  slackUrl: string;
  timeoutMs: number;
  tokens: Pick<InstallationTokens, 'tokenOf'>;
  pace: MethodPace;
}

export class InstallationSlack {
  private current: { token: BotToken; client: SlackClient } | undefined;

  constructor(private readonly options: InstallationSlackOptions) {}

  async call(method: string, args: Record<string, unknown>, signal: AbortSignal): Promise<SlackAnswer> {
    const answer = await this.once(method, args, signal);
    if (answer.ok || answer.failure.retry !== 'refresh_token') return answer;
    this.current = undefined;
    return this.once(method, args, signal);
  }

  private async once(method: string, args: Record<string, unknown>, signal: AbortSignal): Promise<SlackAnswer> {
    const { pace, workspace } = this.options;
    return pace.run(workspace, method, signal, async () => (await this.client()).call(method, args, { signal }));
  }

  private async client(): Promise<SlackClient> {
    if (this.current && Date.now() < this.current.token.freshUntil) return this.current.client;
    const { installationId, tenantId, tokens, slackUrl, timeoutMs } = this.options;
    const token = await tokens.tokenOf(installationId, tenantId);
    const client = new SlackClient({ token: token.value, slackUrl, timeoutMs });
    this.current = { token, client };
    return client;
  }
}
