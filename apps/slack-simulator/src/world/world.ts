/** The state of the simulated Slack. It is in memory only, and a reset empties it. */
import { secret } from './ids.ts';
import type { Installation, RefreshToken, Token } from './installation.ts';
import type { SlackFile } from './file.ts';
import { Workspace } from './workspace.ts';
import type { Code } from './code.ts';
import type { Callback } from './callback.ts';

export class World {
  readonly workspaces = new Map<string, Workspace>();
  readonly tokens = new Map<string, Token>();
  readonly refreshTokens = new Map<string, RefreshToken>();
  readonly codes = new Map<string, Code>();
  readonly files = new Map<string, SlackFile>();
  /** Upload path → file. */
  readonly uploads = new Map<string, SlackFile>();
  /** The targets of `trigger_id` and `response_url` in sent payloads. */
  readonly triggers = new Map<string, { team: string; user: string; expiresAt: number; used: boolean }>();
  readonly callbacks = new Map<string, Callback>();

  reset(): void {
    for (const store of Object.values(this) as Map<string, unknown>[]) store.clear();
  }

  addWorkspace(id: string, name: string, domain: string): Workspace {
    const workspace = new Workspace(id, name, domain);
    this.workspaces.set(id, workspace);
    return workspace;
  }

  issueToken(
    workspace: Workspace,
    installation: Installation,
    kind: Token['kind'],
    user: string,
    scopes: Set<string>,
  ): Token {
    const letter = kind === 'bot' ? 'xoxb' : 'xoxp';
    const base = { kind, team: workspace.id, user, scopes, installation, scopeHeader: [...scopes].join(',') };
    let token: Token;
    if (workspace.rotation) {
      const refreshToken = `xoxe-1-${secret(24)}`;
      token = {
        ...base,
        value: `xoxe.${letter}-1-${secret(24)}`,
        expiresAt: Date.now() + workspace.tokenLifetimeSeconds * 1000,
        refreshToken,
      };
      this.refreshTokens.set(refreshToken, { value: refreshToken, kind, installation, user });
    } else {
      token = { ...base, value: `${letter}-${workspace.id.slice(1)}-${user.slice(1)}-${secret(12)}` };
    }
    installation.tokens.add(token);
    this.tokens.set(token.value, token);
    return token;
  }

  /** Removes the app from the workspace: its bot tokens become `account_inactive`, its user tokens are revoked. */
  uninstall(workspace: Workspace): void {
    const installation = workspace.installation;
    if (installation === undefined) return;
    for (const token of installation.tokens) token.dead ??= token.kind === 'bot' ? 'account_inactive' : 'token_revoked';
    this.#forget(workspace, installation);
  }

  /** Every token is revoked; without rotation that ends the authorisation too. */
  revokeTokens(workspace: Workspace): Token[] {
    const installation = workspace.installation;
    if (installation === undefined) return [];
    const revoked = [...installation.tokens].filter((t) => t.dead === undefined);
    for (const token of revoked) this.revoke(workspace, token);
    for (const [value, refresh] of this.refreshTokens)
      if (refresh.installation === installation) this.refreshTokens.delete(value);
    return revoked;
  }

  /** Answers whether the app's authorisation ended with this token. */
  revoke(workspace: Workspace, token: Token): boolean {
    token.dead ??= 'token_revoked';
    const installation = token.installation;
    if (workspace.installation !== installation || workspace.rotation) return false;
    if (installation.alive('bot').length + installation.alive('user').length > 0) return false;
    this.#forget(workspace, installation);
    return true;
  }

  #forget(workspace: Workspace, installation: Installation): void {
    workspace.installation = undefined;
    for (const [value, refresh] of this.refreshTokens)
      if (refresh.installation === installation) this.refreshTokens.delete(value);
    const bot = workspace.user(workspace.botUserId);
    if (bot !== undefined) workspace.putUser({ ...bot, deleted: true, updated: Math.floor(Date.now() / 1000) });
    // Direct messages, also those of groups, never lose members.
    for (const channel of workspace.channels)
      if (channel.kind === 'public_channel' || channel.kind === 'private_channel')
        channel.members.delete(workspace.botUserId);
  }
}
