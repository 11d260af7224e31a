// Creates a workspace in the simulated Slack for tests and benchmarks, with an admin and channels that the app is a
// member of, and connects it for a tenant.
import type { Playground } from '../playground.ts';

export interface SimulatedWorkspace {
  teamId: string;
  installationId: string;
  channels: string[];
}

export interface SimulatedWorkspaceOptions {
  /** Channels are called after it: `T0LOAD` has `C0LOADX0`, `C0LOADX1`, … */
  teamId: string;
  channels: number;
  /** Default `acme`. */
  tenant?: string;
  /** Default `public`, under which Slack's history may not be read. */
  profile?: string;
  /** Further fields of the simulator's workspace (`rotation`, `enterpriseId`, …). */
  workspace?: object;
}

export async function connectSimulatedWorkspace(
  playground: Playground,
  options: SimulatedWorkspaceOptions,
): Promise<SimulatedWorkspace> {
  const { teamId, tenant = 'acme', profile = 'public', workspace = {} } = options;
  const name = teamId.slice(1);
  const channels = Array.from({ length: options.channels }, (_, n) => `C${name}X${n}`);
  const response = await fetch(`${playground.slack.url}/_sim/workspaces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...workspace,
      id: teamId,
      name,
      users: [{ id: `U${name}`, name: 'Admin', email: `admin@${name.toLowerCase()}.test`, admin: true }],
      channels: channels.map((id) => ({ id, name: id.toLowerCase(), members: ['bot'] })),
    }),
  });
  if (!response.ok)
    throw new Error(
      `The simulator refused the workspace ${teamId}: ${response.status} ${(await response.text()).slice(0, 300)}`,
    );
  const { installationId } = await playground.connectWorkspace({ tenant, teamId, profile });
  return { teamId, installationId, channels };
}
