// Calls Slack's Web API for one installation. Guarantees: calls stay within Slack's limits for the workspace; a token
// that Slack refuses is dropped, and the call is repeated once where the installation service has another token; an
// installation of another tenant is never used, whatever tenant a Kafka record names.
import { BotToken, type BotTokens } from '@carillon/runtime';
import { SlackClient, type SlackAnswer } from '@carillon/slack';
import { SyncFailure } from '../syncs/sync-failure.ts';
import type { MethodPace } from './method-pace.ts';

export interface InstallationSlackOptions {
  installationId: string;
  tenantId: string;
  /** The workspace or the organisation that Slack's limits apply to. */
  workspace: string;
  slackUrl: string;
  timeoutMs: number;
  tokens: Pick<BotTokens, 'tokenOf' | 'forget'>;
  pace: MethodPace;
}

export class InstallationSlack {
  private current: { token: BotToken; client: SlackClient } | undefined;

  constructor(private readonly options: InstallationSlackOptions) {}

  async call(method: string, args: Record<string, unknown>, signal: AbortSignal): Promise<SlackAnswer> {
    const { pace, workspace, tokens, installationId, tenantId } = this.options;
    const once = (): Promise<SlackAnswer> =>
      pace.run(workspace, method, signal, async () => (await this.client()).call(method, args, { signal }));
    const answer = await once();
    if (answer.ok || answer.failure.scope !== 'installation') return answer;
    tokens.forget(installationId);
    const next = await tokens.tokenOf(installationId, tenantId);
    if (!(next instanceof BotToken) || next.reveal() === this.current?.token.reveal()) return answer;
    return once();
  }

  private async client(): Promise<SlackClient> {
    const { installationId, tenantId, tokens, slackUrl, timeoutMs } = this.options;
    const token = await tokens.tokenOf(installationId, tenantId);
    if (!(token instanceof BotToken)) {
      if (token.unavailable === 'foreign_tenant')
        throw new SyncFailure('foreign_installation', 'never', 'the installation belongs to another tenant');
      throw new SyncFailure('token_unavailable', 'later', `no token for this installation: ${token.unavailable}`);
    }
    if (this.current?.token !== token)
      this.current = { token, client: new SlackClient({ token: token.reveal(), slackUrl, timeoutMs }) };
    return this.current.client;
  }
}
