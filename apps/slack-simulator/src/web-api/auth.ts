/** auth.* and apps.uninstall: the identity of a token, where it reaches, and its revocation. */
import { flag, text, whole } from './arguments.ts';
import { type Answer, type Method, refuse, tier, type TokenCall } from './call.ts';
import { teamIcon } from './team.ts';
import { cursorOf, idInCursor } from '../world/ids.ts';
import { handleOf } from '../world/user.ts';

export const authMethods: Record<string, Method> = {
  'api.test': {
    open: true,
    limit: tier.four,
    handle: ({ args }) => (text(args, 'error') ? refuse(text(args, 'error') as string, { args }) : { ok: true, args }),
  },
  'auth.test': { wide: true, limit: 600, handle: test },
  'auth.teams.list': { wide: true, limit: tier.two, handle: listTeams },
  'auth.revoke': { wide: true, limit: tier.three, handle: revoke },
  'apps.uninstall': { wide: true, limit: tier.one, handle: uninstall },
};

/** With an org's token the org stands where the workspace stands else. */
function test({ sim, home, token }: TokenCall): Answer {
  const places = home.kind === 'org' ? [...home.workspaces] : [home];
  const user = places.map((w) => w.user(token.user)).find((u) => u !== undefined);
  const enterprise = home.kind === 'org' ? home.id : home.enterprise?.id;
  return {
    ok: true,
    url: `https://${home.domain}.slack.com/`,
    team: home.name,
    user: user === undefined ? (token.kind === 'bot' ? sim.app.name.toLowerCase() : '') : handleOf(user),
    team_id: home.id,
    user_id: token.user,
    ...(token.kind === 'bot' ? { bot_id: home.ownBot.id } : {}),
    ...(enterprise === undefined ? {} : { enterprise_id: enterprise }),
    ...(token.expiresAt === undefined ? {} : { expires_in: Math.round((token.expiresAt - Date.now()) / 1000) }),
    is_enterprise_install: home.kind === 'org',
  };
}

/** The covered workspaces of an org's token; a workspace's token has its own alone. */
function listTeams({ sim, args, home }: TokenCall): Answer {
  const teams = [...(home.kind === 'org' ? home.covered : [home])];
  const limit = whole(args, 'limit') ?? 100;
  if (Number.isNaN(limit) || limit < 1 || limit > 1000) return refuse('invalid_limit');
  const cursor = text(args, 'cursor');
  const start = cursor === undefined ? 0 : teams.findIndex((w) => w.id === idInCursor('team', cursor));
  if (start < 0) return refuse('invalid_cursor');
  const next = teams[start + limit];
  return {
    ok: true,
    teams: teams
      .slice(start, start + limit)
      .map(({ id, name }) => ({ id, name, ...(flag(args, 'include_icon') ? { icon: teamIcon(sim, id) } : {}) })),
    response_metadata: { next_cursor: next === undefined ? '' : cursorOf('team', next.id) },
  };
}

/** Ends the token and, with the last one, the authorisation. It does not uninstall the app, so no event says so. */
function revoke({ sim, args, home, token }: TokenCall): Answer {
  if (flag(args, 'test')) return { ok: true, revoked: false };
  sim.world.revoke(home, token);
  sim.outbound.tokensRevoked(home, [token]);
  return { ok: true, revoked: true };
}

function uninstall({ sim, args, home, token }: TokenCall): Answer {
  if (text(args, 'client_id') === undefined) return refuse('invalid_client_id');
  if (text(args, 'client_id') !== sim.app.clientId) return refuse('client_id_token_mismatch');
  if (text(args, 'client_secret') !== sim.app.clientSecret) return refuse('bad_client_secret');
  const tokens = [...token.installation.tokens];
  sim.world.uninstall(home);
  sim.outbound.tokensRevoked(home, tokens);
  sim.outbound.appUninstalled(home);
  return { ok: true };
}
