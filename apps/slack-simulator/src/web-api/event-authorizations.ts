/**
 * apps.event.authorizations.list: every installation that sees an event, asked with the app-level token and the
 * `event_context` of the envelope, which itself names one installation alone.
 */
import { text, whole } from './arguments.ts';
import { type Answer, type Method, type OpenCall, refuse, tier } from './call.ts';
import { cursorOf, idInCursor } from '../world/ids.ts';

export const eventMethods: Record<string, Method> = {
  'apps.event.authorizations.list': { open: true, limit: tier.four, handle: list },
};

function list({ sim, args, bearer }: OpenCall): Answer {
  if (bearer === undefined) return refuse('not_authed');
  if (bearer !== sim.app.appToken)
    return refuse(sim.world.tokens.has(bearer) ? 'not_allowed_token_type' : 'invalid_auth');
  const all = sim.outbound.authorizations(text(args, 'event_context') ?? '');
  if (all === undefined) return refuse('invalid_event_context');
  const limit = whole(args, 'limit') ?? 100;
  if (Number.isNaN(limit) || limit < 1) return refuse('invalid_limit');
  const cursor = text(args, 'cursor');
  const start = cursor === undefined ? 0 : Number(idInCursor('authorization', cursor));
  if (!Number.isInteger(start) || start < 0 || start >= Math.max(1, all.length)) return refuse('invalid_cursor');
  return {
    ok: true,
    authorizations: all.slice(start, start + limit),
    // Slack names it like this here, and nowhere else.
    ...(start + limit < all.length ? { cursor_next: cursorOf('authorization', String(start + limit)) } : {}),
  };
}
