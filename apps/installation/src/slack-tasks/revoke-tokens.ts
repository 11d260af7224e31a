// Ends tokens that are no longer wanted: of a disconnected or deleted installation, and of a grant that was refused or
// not confirmed. Guarantees: a token that an active installation or an awaited confirmation uses is not revoked; an
// expired pair is exchanged first, because an expired token revokes nothing; nothing is granted for the workspace
// meanwhile.
import { defineStatement } from '@carillon/persistence';
import type { DataSource, EntityManager } from 'typeorm';
import type { Tokens } from '../slack-app/grant.ts';
import type { SlackApp } from '../slack-app/slack-app.ts';
import { lockWorkspace } from '../slack-app/workspace-lock.ts';
import type { SealedTokens } from '../tokens/sealed-tokens.ts';
import type { SlackTask, TaskDetails } from './slack-task.ts';
import { replaceTokens } from './task-statements.ts';

const mostAtOnce = 2;

export class RevokeTokens {
  private readonly running = new Set<Promise<undefined>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly slack: SlackApp,
    private readonly sealedTokens: SealedTokens,
  ) {}

  async carryOut(task: SlackTask): Promise<void> {
    const tokens = await this.unexpired(task, await this.open(task));
    if (tokens) await this.oneOfFew(() => this.revoke(task, tokens));
  }

  private async revoke(task: SlackTask, tokens: Tokens): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lockWorkspace(manager, task.workspaceId);
      if (await isUsed(manager, task.workspaceId)) {
        // Without rotation it is the same token. With rotation it is one of several.
        if (tokens.refreshToken !== undefined) await this.slack.revokeOne(tokens.accessToken);
        return;
      }
      await this.slack.revoke(tokens, (task.detail as TaskDetails['revoke']).uninstall);
    });
  }

  /** Slack is called with a connection held, so a slow Slack may hold only few of them. */
  private async oneOfFew(work: () => Promise<void>): Promise<void> {
    while (this.running.size >= mostAtOnce) await Promise.race(this.running);
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.running.add(settled);
    void settled.finally(() => this.running.delete(settled));
    await running;
  }

  private open({ subject, kid, accessToken, refreshToken, tokenExpiresAt }: SlackTask): Promise<Tokens> {
    return this.sealedTokens.open({
      installationId: subject,
      kid: kid ?? '',
      accessToken: accessToken ?? '',
      refreshToken,
      expiresAt: tokenExpiresAt,
    });
  }

  /** Undefined where Slack refuses the refresh token: the authorisation has ended. */
  private async unexpired(task: SlackTask, tokens: Tokens): Promise<Tokens | undefined> {
    const { refreshToken, expiresAt } = tokens;
    if (refreshToken === undefined || expiresAt === undefined || expiresAt.getTime() > Date.now() + 30_000)
      return tokens;
    const fresh = await this.slack.refreshUnlessEnded(refreshToken);
    if (!fresh) return undefined;
    // Stored apart from the transaction, because the old refresh token works only once.
    const sealed = await this.sealedTokens.seal(task.subject, fresh);
    const { text, values } = replaceTokens({
      id: task.id,
      kid: sealed.kid,
      accessToken: sealed.accessToken,
      refreshToken: sealed.refreshToken,
      tokenExpiresAt: sealed.expiresAt,
    });
    await this.dataSource.query(text, values);
    return fresh;
  }
}

async function isUsed(manager: EntityManager, workspaceId: string): Promise<boolean> {
  const { text, values } = usersOf({ workspaceId });
  const [row] = await manager.query<{ used: boolean }[]>(text, values);
  return row!.used;
}

const usersOf = defineStatement({
  parameters: { workspaceId: 'text' },
  text: (p) => `
SELECT EXISTS (SELECT FROM installation WHERE workspace_id = ${p.workspaceId} AND state = 'active')
    OR EXISTS (SELECT FROM connection_attempt
                WHERE access_token IS NOT NULL AND granted->>'workspaceId' = ${p.workspaceId}
                  AND confirm_by > clock_timestamp()) AS used`,
});
