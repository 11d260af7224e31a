/** auth.* and apps.uninstall: the identity of a token, and its revocation. */
import { flag, text } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier } from './call.ts';
import { handleOf } from '../world/user.ts';

export const authMethods: Record<string, Method> = {
  'api.test': {
    open: true,
    limit: tier.four,
    handle: ({ args }) => (text(args, 'error') ? refuse(text(args, 'error') as string, { args }) : { ok: true, args }),
  },
  'auth.test': { limit: 600, handle: test },
  'auth.revoke': { limit: tier.three, handle: revoke },
  'apps.uninstall': { limit: tier.one, handle: uninstall },
};

function test({ workspace, token }: Call): Answer {
  const user = workspace.user(token.user);
  return {
    ok: true,
    url: `https://${workspace.domain}.slack.com/`,
    team: workspace.name,
    user: user === undefined ? '' : handleOf(user),
    team_id: workspace.id,
    user_id: token.user,
    ...(token.kind === 'bot' ? { bot_id: workspace.botId } : {}),
    ...(workspace.enterprise === undefined ? {} : { enterprise_id: workspace.enterprise.id }),
    ...(token.expiresAt === undefined ? {} : { expires_in: Math.round((token.expiresAt - Date.now()) / 1000) }),
    is_enterprise_install: false,
  };
}

function revoke({ sim, args, workspace, token }: Call): Answer {
  if (flag(args, 'test')) return { ok: true, revoked: false };
  const ended = sim.world.revoke(workspace, token);
  sim.outbound.tokensRevoked(workspace, [token]);
  if (ended) sim.outbound.appUninstalled(workspace);
  return { ok: true, revoked: true };
}

function uninstall({ sim, args, workspace, token }: Call): Answer {
  if (text(args, 'client_id') === undefined) return refuse('invalid_client_id');
  if (text(args, 'client_id') !== sim.app.clientId) return refuse('client_id_token_mismatch');
  if (text(args, 'client_secret') !== sim.app.clientSecret) return refuse('bad_client_secret');
  const tokens = [...token.installation.tokens];
  sim.world.uninstall(workspace);
  sim.outbound.tokensRevoked(workspace, tokens);
  sim.outbound.appUninstalled(workspace);
  return { ok: true };
}
