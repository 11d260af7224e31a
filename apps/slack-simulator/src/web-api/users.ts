/** users.*: the directory, in pages and one by one. */
import { flag, text, whole } from './arguments.ts';
import { type Answer, type Call, type Method, refuse, tier, type TokenCall } from './call.ts';
import { userObject } from './user-object.ts';
import { pageOf } from './page.ts';
import { byEmail, byPeople, byTeamId } from './reach.ts';
import { cursorOf, idInCursor } from '../world/ids.ts';

/** Above this a list without `limit` is refused, as Slack does for large teams. */
const mostWithoutLimit = 5000;

export const userMethods: Record<string, Method> = {
  'users.list': { limit: tier.two, scopes: ['users:read'], reach: byTeamId, handle: list },
  'users.info': { limit: tier.four, scopes: ['users:read'], reach: byPeople, handle: info },
  'users.lookupByEmail': { limit: tier.three, scopes: ['users:read.email'], reach: byEmail, handle: lookupByEmail },
  'bots.info': { wide: true, limit: tier.three, scopes: ['users:read'], handle: botInfo },
};

function list(call: Call): Answer {
  const { args, workspace, token } = call;
  const limit = whole(args, 'limit') ?? 0;
  if (Number.isNaN(limit) || limit < 0) return refuse('invalid_limit');
  if (limit === 0 && workspace.users.length > mostWithoutLimit) return refuse('limit_required');
  const cursor = text(args, 'cursor');
  let start = 0;
  if (cursor !== undefined) {
    const at = workspace.userIndex(idInCursor('user', cursor) ?? '');
    if (at === undefined) return refuse('invalid_cursor');
    start = at;
  }
  const rows = limit === 0 ? workspace.users.length : Math.min(limit, 1000);
  const page = pageOf(call.sim, start, rows, workspace.users.length);
  const withEmail = token.scopes.has('users:read.email');
  const withLocale = flag(args, 'include_locale');
  const members: unknown[] = [];
  for (const user of workspace.users.slice(page.start, page.next))
    members.push(userObject(workspace, user, withEmail, withLocale));
  const next = workspace.users[page.next];
  return {
    ok: true,
    members,
    cache_ts: Math.floor(call.receivedAt / 1000),
    response_metadata: { next_cursor: next === undefined ? '' : cursorOf('user', next.id) },
  };
}

function info({ args, workspace, token }: Call): Answer {
  const user = workspace.user(text(args, 'user') ?? '');
  if (user === undefined) return refuse('user_not_found');
  return {
    ok: true,
    user: userObject(workspace, user, token.scopes.has('users:read.email'), flag(args, 'include_locale')),
  };
}

function lookupByEmail({ args, workspace }: Call): Answer {
  const user = workspace.userByEmail((text(args, 'email') ?? '').trim());
  if (user === undefined || user.deleted || user.bot) return refuse('users_not_found');
  return { ok: true, user: userObject(workspace, user, true, false) };
}

/** An org's token names a workspace or the org itself in `team_id`. */
function botInfo(call: TokenCall): Answer {
  const { sim, args, home } = call;
  if (home.kind === 'org' && text(args, 'team_id') !== home.id) {
    const place = byTeamId(home, call);
    if ('ok' in place) return place;
  }
  const id = text(args, 'bot');
  if (id !== undefined && id !== home.ownBot.id) return refuse('bot_not_found');
  return {
    ok: true,
    bot: {
      id: home.ownBot.id,
      deleted: home.installation === undefined,
      name: sim.app.name,
      updated: Math.floor(Date.now() / 1000),
      app_id: sim.app.id,
      user_id: home.ownBot.user,
      icons: {},
    },
  };
}
