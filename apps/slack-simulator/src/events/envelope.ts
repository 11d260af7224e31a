/**
 * The envelope of an event. Its `authorizations` has one installation that sees the event;
 * `apps.event.authorizations.list` answers all of them. An event of an org itself has no `team_id`.
 */
import type { AppIdentity } from '../app-identity.ts';
import type { Home } from '../world/home.ts';

export interface Authorization {
  enterprise_id: string | null;
  team_id: string | null;
  user_id: string;
  is_bot: true;
  is_enterprise_install: boolean;
}

export interface EventParts {
  event: Record<string, unknown>;
  eventId: string;
  eventContext: string;
  contextTeamId: string | undefined;
  authorization: Authorization | undefined;
}

/** What follows from an ended installation has no time of its own. */
const timeless: ReadonlySet<unknown> = new Set(['app_uninstalled', 'tokens_revoked']);

export function envelope(app: AppIdentity, home: Home, parts: EventParts): object {
  const enterprise_id = home.kind === 'org' ? home.id : (home.enterprise?.id ?? null);
  const team_id = home.kind === 'org' ? null : home.id;
  return {
    token: 'deprecated',
    team_id,
    ...(enterprise_id === null ? {} : { enterprise_id }),
    context_team_id: parts.contextTeamId ?? team_id,
    context_enterprise_id: enterprise_id,
    api_app_id: app.id,
    event: timeless.has(parts.event.type) ? parts.event : { event_ts: `${Date.now() / 1000}`, ...parts.event },
    type: 'event_callback',
    event_id: parts.eventId,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: parts.authorization === undefined ? [] : [parts.authorization],
    is_ext_shared_channel: false,
    event_context: parts.eventContext,
  };
}

/** The installations that see what happens in this place: the org's first, where it covers the workspace. */
export function authorizationsOf(place: Home): Authorization[] {
  if (place.kind === 'org') return [authorizationOf(place)];
  const { home } = place;
  if (home === place) return [authorizationOf(place)];
  return [authorizationOf(home), ...(place.installation === undefined ? [] : [authorizationOf(place)])];
}

function authorizationOf(home: Home): Authorization {
  const isOrg = home.kind === 'org';
  return {
    enterprise_id: isOrg ? home.id : (home.enterprise?.id ?? null),
    team_id: isOrg ? null : home.id,
    user_id: home.ownBot.user,
    is_bot: true,
    is_enterprise_install: isOrg,
  };
}
