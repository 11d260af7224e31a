/** The state of the simulated Slack. It is in memory only, and a reset empties it. */
import { secret } from './ids.ts';
import type { GridOrg, Home } from './home.ts';
import type { Installation, RefreshToken, Token } from './installation.ts';
import { Org } from './org.ts';
import type { SlackFile } from './file.ts';
import { Workspace } from './workspace.ts';
import type { Code } from './code.ts';
import type { Callback } from './callback.ts';

export class World {
  readonly workspaces = new Map<string, Workspace>();
  readonly orgs = new Map<string, GridOrg>();
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

  addOrg(id: string, name: string): GridOrg {
    const org: GridOrg = new Org(id, name);
    this.orgs.set(id, org);
    return org;
  }

  /** A workspace or an org. */
  home(id: string): Home | undefined {
    return this.workspaces.get(id) ?? this.orgs.get(id);
  }

  issueToken(home: Home, installation: Installation, kind: Token['kind'], user: string, scopes: Set<string>): Token {
    const letter = kind === 'bot' ? 'xoxb' : 'xoxp';
    const base = { kind, team: home.id, user, scopes, installation, scopeHeader: [...scopes].join(',') };
    let token: Token;
    if (home.rotation) {
      const refreshToken = `xoxe-1-${secret(24)}`;
      token = {
        ...base,
        value: `xoxe.${letter}-1-${secret(24)}`,
        expiresAt: Date.now() + home.tokenLifetimeSeconds * 1000,
        refreshToken,
      };
      this.refreshTokens.set(refreshToken, { value: refreshToken, kind, installation, user });
    } else {
      token = { ...base, value: `${letter}-${home.id.slice(1)}-${user.slice(1)}-${secret(12)}` };
    }
    installation.tokens.add(token);
    this.tokens.set(token.value, token);
    return token;
  }

  /** Removes the app: its bot tokens become `account_inactive`, its user tokens are revoked. */
  uninstall(home: Home): void {
    const { installation } = home;
    if (installation === undefined) return;
    for (const token of installation.tokens) token.dead ??= token.kind === 'bot' ? 'account_inactive' : 'token_revoked';
    this.#forget(home, installation);
  }

  /** Every token is revoked; without rotation that ends the authorisation too. */
  revokeTokens(home: Home): Token[] {
    const { installation } = home;
    if (installation === undefined) return [];
    const revoked = [...installation.tokens].filter((t) => t.dead === undefined);
    for (const token of revoked) this.revoke(home, token);
    for (const [value, refresh] of this.refreshTokens)
      if (refresh.installation === installation) this.refreshTokens.delete(value);
    return revoked;
  }

  /**
   * Ends one token. Without rotation the bot's last one ends its authorisation: it is deactivated and leaves its
   * channels. The last one of all ends the app's.
   */
  revoke(home: Home, token: Token): void {
    token.dead ??= 'token_revoked';
    const { installation } = token;
    if (home.installation !== installation || home.rotation) return;
    if (installation.alive('bot').length > 0) return;
    if (installation.alive('user').length === 0) return this.#forget(home, installation);
    if (token.kind === 'user') return;
    // People's authorisations go on without the bot.
    installation.botScopes.clear();
    home.unseat();
  }

  #forget(home: Home, installation: Installation): void {
    home.installation = undefined;
    for (const [value, refresh] of this.refreshTokens)
      if (refresh.installation === installation) this.refreshTokens.delete(value);
    home.unseat();
  }
}
