/** Makes and changes orgs, and decides as their admin which workspaces an org-wide installation covers. */
import type { FieldError } from '../http.ts';
import type { Simulation } from '../simulation.ts';
import type { GridOrg } from '../world/home.ts';
import type { Workspace } from '../world/workspace.ts';
import type { AccessBody, OrgBody } from './schemas.ts';

/** The org with this id, made where there is none. */
export function orgOf(sim: Simulation, id: string, name: string | undefined, defaultName: string): GridOrg {
  let org = sim.world.orgs.get(id);
  if (org === undefined) {
    org = sim.world.addOrg(id, name ?? defaultName);
    org.rotation = sim.manifest.rotation ?? sim.app.tokenRotation;
  }
  if (name !== undefined) org.name = name;
  return org;
}

/** What is not named stays. */
export function putOrg(sim: Simulation, body: OrgBody): GridOrg {
  const org = orgOf(sim, body.id, body.name, body.id);
  if (body.rotation !== undefined) org.rotation = body.rotation;
  if (body.tokenLifetimeSeconds !== undefined) org.tokenLifetimeSeconds = body.tokenLifetimeSeconds;
  if (body.orgWideAllowed !== undefined) org.orgWideAllowed = body.orgWideAllowed;
  return org;
}

/**
 * Adds workspaces to the installation and takes them away, with the events that tell the app. Where a workspace is
 * wrong it changes nothing and returns the problems.
 */
export function changeAccess(
  sim: Simulation,
  org: GridOrg,
  { grant, revoke }: Pick<AccessBody, 'grant' | 'revoke'>,
): FieldError[] {
  if (org.installation === undefined) return [{ path: 'enterprise', message: 'does not have the app installed' }];
  const errors = Object.entries({ grant, revoke }).flatMap(([list, ids]) =>
    ids.flatMap((id, i) =>
      org.workspace(id) === undefined ? [{ path: `${list}.${i}`, message: `no workspace ${id} in this org` }] : [],
    ),
  );
  if (errors.length > 0) return errors;
  const of = (ids: readonly string[], isCovered: boolean): Workspace[] =>
    [...new Set(ids)].map((id) => org.workspace(id)!).filter((w) => org.covered.has(w) === isCovered);
  const added = of(grant, false);
  for (const workspace of added) org.cover(workspace, sim.app.name);
  const removed = of(revoke, true);
  for (const workspace of removed) org.uncover(workspace);
  const event = (type: string, teams: readonly Workspace[]) =>
    teams.length === 0 ? [] : [{ type, team_ids: teams.map((w) => w.id) }];
  sim.outbound.announce(org, ...event('team_access_granted', added), ...event('team_access_revoked', removed));
  return [];
}

export function describeOrg(org: GridOrg): object {
  return {
    id: org.id,
    name: org.name,
    rotation: org.rotation,
    tokenLifetimeSeconds: org.tokenLifetimeSeconds,
    orgWideAllowed: org.orgWideAllowed,
    installed: (org.installation?.botScopes.size ?? 0) > 0,
    scopes: [...(org.installation?.botScopes ?? [])],
    botUserId: org.ownBot.user,
    botId: org.ownBot.id,
    workspaces: [...org.workspaces].map((w) => w.id),
    covered: [...org.covered].map((w) => w.id),
  };
}
