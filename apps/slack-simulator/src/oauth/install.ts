/**
 * What Allow does: the app gets a bot user and a token. Scopes accumulate while the app is installed. Without rotation
 * a reinstallation returns the same bot token; with rotation it creates a new pair, and only the two newest stay valid.
 */
import type { Simulation } from '../simulation.ts';
import { Installation, type Token } from '../world/installation.ts';
import type { Workspace } from '../world/workspace.ts';

const mostAlive = 2;

export function install(
  sim: Simulation,
  workspace: Workspace,
  user: string,
  botScopes: readonly string[],
  userScopes: readonly string[],
): { bot?: Token; person?: Token } {
  const installation = (workspace.installation ??= new Installation(workspace.id, user));
  const result: { bot?: Token; person?: Token } = {};
  if (botScopes.length > 0) {
    for (const scope of botScopes) installation.botScopes.add(scope);
    seatBot(sim, workspace);
    result.bot = tokenOf(sim, workspace, installation, 'bot', workspace.botUserId, installation.botScopes);
  }
  if (userScopes.length > 0) {
    let scopes = installation.userScopes.get(user);
    if (scopes === undefined) installation.userScopes.set(user, (scopes = new Set<string>()));
    for (const scope of userScopes) scopes.add(scope);
    result.person = tokenOf(sim, workspace, installation, 'user', user, scopes);
  }
  return result;
}

export function tokenOf(
  sim: Simulation,
  workspace: Workspace,
  installation: Installation,
  kind: Token['kind'],
  user: string,
  scopes: Set<string>,
): Token {
  const alive = installation.alive(kind, user);
  for (const token of alive) token.scopeHeader = [...scopes].join(',');
  if (!workspace.rotation && alive[0] !== undefined) return alive[0];
  const token = sim.world.issueToken(workspace, installation, kind, user, scopes);
  if (workspace.rotation)
    for (const old of alive.slice(0, Math.max(0, alive.length + 1 - mostAlive))) old.dead = 'token_revoked';
  return token;
}

function seatBot(sim: Simulation, workspace: Workspace): void {
  workspace.putUser({
    id: workspace.botUserId,
    name: sim.app.name,
    email: undefined,
    admin: false,
    bot: true,
    botId: workspace.botId,
    guest: false,
    deleted: false,
    tz: 'America/Los_Angeles',
    locale: 'en-US',
    updated: Math.floor(Date.now() / 1000),
  });
}
