/**
 * What Allow does: the app gets a bot user and a token, in a workspace or in a whole org. Scopes accumulate while the
 * app is installed. Without rotation a reinstallation returns the same bot token; with rotation it creates a new pair,
 * and only the two newest stay valid.
 */
import type { Simulation } from '../simulation.ts';
import type { Home } from '../world/home.ts';
import { Installation, type Token } from '../world/installation.ts';

const mostAlive = 2;

export function install(
  sim: Simulation,
  home: Home,
  user: string,
  botScopes: readonly string[],
  userScopes: readonly string[],
): { bot?: Token; person?: Token } {
  const installation = (home.installation ??= new Installation(home.id, user));
  const result: { bot?: Token; person?: Token } = {};
  if (botScopes.length > 0) {
    for (const scope of botScopes) installation.botScopes.add(scope);
    for (const workspace of home.seats) workspace.seatBot(home.ownBot, sim.app.name);
    result.bot = tokenOf(sim, home, installation, 'bot', home.ownBot.user, installation.botScopes);
  }
  if (userScopes.length > 0) {
    let scopes = installation.userScopes.get(user);
    if (scopes === undefined) installation.userScopes.set(user, (scopes = new Set<string>()));
    for (const scope of userScopes) scopes.add(scope);
    result.person = tokenOf(sim, home, installation, 'user', user, scopes);
  }
  return result;
}

export function tokenOf(
  sim: Simulation,
  home: Home,
  installation: Installation,
  kind: Token['kind'],
  user: string,
  scopes: Set<string>,
): Token {
  const { rotation } = home;
  const alive = installation.alive(kind, user);
  for (const token of alive) token.scopeHeader = [...scopes].join(',');
  if (!rotation && alive[0] !== undefined) return alive[0];
  const token = sim.world.issueToken(home, installation, kind, user, scopes);
  if (rotation) for (const old of alive.slice(0, Math.max(0, alive.length + 1 - mostAlive))) old.dead = 'token_revoked';
  return token;
}
