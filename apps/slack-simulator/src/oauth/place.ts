/**
 * Where a person allows the app, and as whom. Only an admin can allow it in a whole org, and only an app that may be
 * installed there; the org's own setting and the manifest's `org_deploy_enabled` decide that.
 */
import type { AppManifest } from '../manifest/app-manifest.ts';
import type { GridOrg, Home } from '../world/home.ts';
import { canSignIn, type User } from '../world/user.ts';
import type { Workspace } from '../world/workspace.ts';
import type { World } from '../world/world.ts';
import type { AuthorizeRequest } from './authorize-request.ts';

/** The choice, or the error code of the page; `access_denied` goes back to the app. */
export function placeOf(
  world: World,
  manifest: AppManifest,
  form: URLSearchParams,
  purpose: AuthorizeRequest['purpose'],
): { home: Home; person: User } | { error: string } {
  const home = world.home(form.get('team') ?? '');
  if (home === undefined || (home.kind === 'org' && purpose !== 'install')) return { error: 'team_not_found' };
  if (home.kind === 'org' && !isOrgWide(home, manifest)) return { error: 'scope_not_allowed_on_enterprise' };
  const asked = form.get('user') ?? '';
  const person = home.kind === 'org' ? adminOf(home, asked) : signedIn(home, asked);
  if (person === undefined) return { error: 'user_not_found' };
  if (home.kind === 'org' && !person.admin) return { error: 'access_denied' };
  return { home, person };
}

export function isOrgWide(org: GridOrg, manifest: AppManifest): boolean {
  return org.orgWideAllowed && manifest.orgWideAllowed;
}

function signedIn(workspace: Workspace, asked: string): User | undefined {
  const user = workspace.user(asked);
  if (user !== undefined && canSignIn(user)) return user;
  return workspace.users.find((u) => u.admin && canSignIn(u)) ?? workspace.users.find(canSignIn);
}

/** Who was asked for, or else any admin; a person who is an admin in one workspace counts as one. */
function adminOf(org: GridOrg, asked: string): User | undefined {
  const people = [...org.workspaces].flatMap((w) => w.users.filter(canSignIn));
  const same = people.filter((u) => u.id === asked);
  const among = same.length > 0 ? same : people;
  return among.find((u) => u.admin) ?? same[0];
}
