/**
 * `/oauth/v2/authorize` and `/openid/connect/authorize`: the page with Allow and Cancel, and what follows from the
 * choice. The form posts back the app's own parameters with `team` (a workspace, or an org for all its workspaces),
 * optionally `user` (who is signed in; default: an admin), and `decision` = `allow` or `cancel`; it needs no script.
 * Fewer scopes than asked for are granted as `grantedScopes` says.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Simulation } from '../simulation.ts';
import { readBody, redirect, respond } from '../http.ts';
import { secret } from '../world/ids.ts';
import { type AuthorizeRequest, readAuthorizeRequest } from './authorize-request.ts';
import { authorizePage, refusalPage } from './authorize-page.ts';
import { grantedScopes } from './granted-scopes.ts';
import { placeOf } from './place.ts';

const codeLifetimeMs = 600_000;

export async function authorize(
  sim: Simulation,
  path: string,
  query: string,
  purpose: AuthorizeRequest['purpose'],
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const isDecision = req.method === 'POST';
  const params = new URLSearchParams(isDecision ? (await readBody(req)).toString('utf8') : query);
  const request = readAuthorizeRequest(sim.app, sim.manifest, params, purpose);
  if (typeof request === 'string') return respond(res, 400, 'text/html', refusalPage(sim.app, request));
  if (!isDecision) return respond(res, 200, 'text/html', authorizePage(sim, path, params, request));
  if (params.get('decision') !== 'allow') return back(res, request, { error: 'access_denied' });
  const place = placeOf(sim.world, sim.manifest, params, purpose);
  if ('error' in place && place.error === 'access_denied') return back(res, request, { error: place.error });
  if ('error' in place) return respond(res, 400, 'text/html', refusalPage(sim.app, place.error));
  const { home, person } = place;
  const botScopes = grantedScopes(sim.manifest, params, request.botScopes);
  if (botScopes === undefined) return respond(res, 400, 'text/html', refusalPage(sim.app, 'invalid_scope'));
  if (botScopes.length + request.userScopes.length === 0)
    return respond(res, 400, 'text/html', refusalPage(sim.app, 'no_scopes'));
  const code = `${home.id.slice(1)}.${secret(16)}`;
  sim.world.codes.set(code, {
    value: code,
    purpose,
    team: home.id,
    user: person.id,
    botScopes,
    userScopes: request.userScopes,
    redirectUri: request.redirectUriSent ? request.redirectUri : undefined,
    challenge: request.challenge,
    nonce: request.nonce,
    expiresAt: Date.now() + codeLifetimeMs,
  });
  back(res, request, { code });
}

function back(res: ServerResponse, request: AuthorizeRequest, result: { code: string } | { error: string }): void {
  const url = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  url.searchParams.set('state', request.state ?? '');
  redirect(res, url.href);
}
