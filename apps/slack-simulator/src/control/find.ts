/** What a control request names; where there is no such thing the request is refused. */
import type { Simulation } from '../simulation.ts';
import type { Channel } from '../world/channel.ts';
import type { Home } from '../world/home.ts';
import type { Workspace } from '../world/workspace.ts';
import { Refused } from './refused.ts';

export function workspaceOf(sim: Simulation, id: string): Workspace {
  const workspace = sim.world.workspaces.get(id);
  if (workspace === undefined) throw new Refused(404, `There is no workspace ${id}.`);
  return workspace;
}

export function homeOf(sim: Simulation, id: string): Home {
  const home = sim.world.home(id);
  if (home === undefined) throw new Refused(404, `There is no workspace or org ${id}.`);
  return home;
}

export function conversationOf(
  sim: Simulation,
  where: { team: string; channel: string },
): { workspace: Workspace; channel: Channel } {
  const workspace = workspaceOf(sim, where.team);
  const channel = workspace.channel(where.channel);
  if (channel === undefined) throw new Refused(404, `There is no conversation ${where.channel} in ${where.team}.`);
  return { workspace, channel };
}

export function personOf(sim: Simulation, { team, user }: { team: string; user: string }): Workspace {
  const workspace = workspaceOf(sim, team);
  if (workspace.user(user) === undefined)
    throw new Refused(400, `There is no user ${user} in ${team}.`, [
      { path: 'user', message: 'is not in this workspace' },
    ]);
  return workspace;
}

export function needUrl(url: string | undefined, setting: string): string {
  if (url === undefined)
    throw new Refused(400, `Give a url, or start the simulator with ${setting}.`, [
      { path: 'url', message: `is needed, for ${setting} is not set` },
    ]);
  return url;
}
