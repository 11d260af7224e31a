// Many workspaces for a benchmark, each connected by the way of an admin, of twenty tenants in turn. The stage takes
// its minutes: some 20 workspaces are connected in a second.
import { connectSimulatedWorkspace, type Playground, type SimulatedWorkspace } from '@carillon/playground';
import { control } from './workspace.ts';

/** Each tenant's workspaces are connected one after the other. */
export const tenants = Array.from({ length: 20 }, (_, n) => `tenant-${n}`);
const connectingAtOnce = 8;

export interface ConnectedWorkspace extends SimulatedWorkspace {
  tenant: string;
}

export async function connectMany(
  playground: Playground,
  { workspaces, channels }: { workspaces: number; channels: number },
): Promise<ConnectedWorkspace[]> {
  // Slack lets an app be installed 100 times a minute; how long the stage takes to be set is not what is measured.
  await control(playground, '/_sim/limits', { methods: { 'oauth.v2.access': null } });
  const connected: ConnectedWorkspace[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: connectingAtOnce }, async () => {
      for (let n = next++; n < workspaces; n = next++) {
        const tenant = tenants[n % tenants.length]!;
        connected.push({
          tenant,
          ...(await connectSimulatedWorkspace(playground, { teamId: `T0MANY${n}`, channels, tenant })),
        });
      }
    }),
  );
  return connected;
}
