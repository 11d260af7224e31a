/**
 * `/oauth/v2/authorize` and `/openid/connect/authorize`: the page with Allow and Cancel, and what follows from the
 * choice. The form posts back the app's own parameters with `team`, optionally `user` (who is signed in; default: an
 * admin), and `decision` = `allow` or `cancel`; it needs no script.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Simulation } from '../simulation.ts';
import { readBody, redirect, respond } from '../http.ts';
import { secret } from '../world/ids.ts';
import { canSignIn, type User } from '../world/user.ts';
import type { Workspace } from '../world/workspace.ts';
import { type AuthorizeRequest, readAuthorizeRequest } from './authorize-request.ts';
import { authorizePage, refusalPage } from './authorize-page.ts';

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
  const request = readAuthorizeRequest(sim.app, params, purpose);
  if (typeof request === 'string') return respond(res, 400, 'text/html', refusalPage(sim.app, request));
  if (!isDecision) return respond(res, 200, 'text/html', authorizePage(sim, path, params, request));
  if (params.get('decision') !== 'allow') return back(res, request, { error: 'access_denied' });
  const workspace = sim.world.workspaces.get(params.get('team') ?? '');
  if (workspace === undefined) return respond(res, 400, 'text/html', refusalPage(sim.app, 'team_not_found'));
  const person = signedIn(workspace, params.get('user') ?? '');
  if (person === undefined) return respond(res, 400, 'text/html', refusalPage(sim.app, 'user_not_found'));
  const code = `${workspace.id.slice(1)}.${secret(16)}`;
  sim.world.codes.set(code, {
    value: code,
    purpose,
    team: workspace.id,
    user: person.id,
    botScopes: request.botScopes,
    userScopes: request.userScopes,
    redirectUri: request.redirectUriSent ? request.redirectUri : undefined,
    challenge: request.challenge,
    nonce: request.nonce,
    expiresAt: Date.now() + codeLifetimeMs,
  });
  back(res, request, { code });
}

function signedIn(workspace: Workspace, asked: string): User | undefined {
  const user = workspace.user(asked);
  if (user !== undefined && canSignIn(user)) return user;
  return workspace.users.find((u) => u.admin && canSignIn(u)) ?? workspace.users.find(canSignIn);
}

function back(res: ServerResponse, request: AuthorizeRequest, result: { code: string } | { error: string }): void {
  const url = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  url.searchParams.set('state', request.state ?? '');
  redirect(res, url.href);
}
