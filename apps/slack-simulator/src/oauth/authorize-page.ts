/** The page on which a person grants the scopes that the app asks for. */
import type { AppIdentity } from '../app-identity.ts';
import type { Simulation } from '../simulation.ts';
import { escapeHtml as e } from '../http.ts';
import type { Home } from '../world/home.ts';
import { canSignIn } from '../world/user.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import { grantFields } from './granted-scopes.ts';
import { isOrgWide } from './place.ts';
import { scopeWords, signInScopes } from './scopes.ts';

const mostPeople = 50;

export function authorizePage(
  sim: Simulation,
  path: string,
  params: URLSearchParams,
  request: AuthorizeRequest,
): string {
  const { app, manifest, world } = sim;
  const workspaces = [...world.workspaces.values()];
  const orgs = request.purpose === 'install' ? [...world.orgs.values()].filter((o) => isOrgWide(o, manifest)) : [];
  const chosen = [...workspaces, ...orgs].find((home) => home.id === request.team) ?? workspaces[0];
  const hidden = [...params]
    .filter(([name]) => name !== 'team' && name !== 'user' && name !== 'decision' && !grantFields.has(name))
    .map(([name, value]) => `<input type="hidden" name="${e(name)}" value="${e(value)}">`);
  const option = (home: Home, hint: string) =>
    `<option value="${e(home.id)}"${home === chosen ? ' selected' : ''}>${e(home.name)} (${e(hint)})</option>`;
  const teams = [
    ...workspaces.map((w) => option(w, `${w.domain}.slack.com`)),
    ...orgs.map((org) => option(org, 'organisation')),
  ];
  const people = workspaces.map(
    (w) =>
      `<optgroup label="${e(w.name)}">${w.users
        .slice(0, mostPeople * 2)
        .filter(canSignIn)
        .slice(0, mostPeople)
        .map((u) => `<option value="${e(u.id)}">${e(u.name)}${u.admin ? ' (admin)' : ''}</option>`)
        .join('')}</optgroup>`,
  );
  const optional = new Set(request.botScopes.filter((s) => manifest.optional.has(s)));
  const words = (s: string) => `<code>${e(s)}</code> ${e(scopeWords[s] ?? signInScopes[s] ?? '')}`;
  const scopes = [...request.botScopes, ...request.userScopes].map((s) =>
    optional.has(s)
      ? `<li><label><input type="checkbox" name="scopes_on" value="${e(s)}" checked> ${words(s)}</label></li>`
      : `<li>${words(s)}</li>`,
  );
  if (optional.size > 0) hidden.push('<input type="hidden" name="scopes_shown" value="1">');
  const ask =
    request.purpose === 'install'
      ? 'is requesting permission to access a Slack workspace'
      : 'wants to know who you are';
  const form =
    chosen === undefined
      ? '<p>There is no workspace yet. Make one with <code>POST /_sim/workspaces</code>.</p>'
      : `<form method="post" action="${e(path)}">${hidden.join('')}
<label>Workspace <select name="team">${teams.join('')}</select></label>
<label>Signed in as <select name="user"><option value="">an admin</option>${people.join('')}</select></label>
<h2>${e(app.name)} will be able to</h2><ul>${scopes.join('')}</ul>
<button name="decision" value="cancel">Cancel</button> <button name="decision" value="allow" class="primary">Allow</button></form>`;
  return document(`${app.name} | Slack simulator`, `<h1>${e(app.name)} ${ask}</h1>${form}`);
}

export function refusalPage(app: AppIdentity, code: string): string {
  return document(
    'Something went wrong | Slack simulator',
    `<h1>Something went wrong when authorising ${e(app.name)}</h1><p>Error code: <code>${e(code)}</code></p>`,
  );
}

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${e(title)}</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1d1c1d}h1{font-size:1.5rem}h2{font-size:1rem}
label{display:block;margin:.5rem 0}button{font:inherit;padding:.5rem 1.5rem;border-radius:4px;border:1px solid #bbb;background:#fff}.primary{background:#007a5a;color:#fff;border-color:#007a5a}
</style></head><body>${body}</body></html>`;
}
