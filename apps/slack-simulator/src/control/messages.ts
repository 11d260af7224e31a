/** What was posted, as tests ask for it. */
import type { Simulation } from '../simulation.ts';
import { recordedMessage } from '../web-api/message-object.ts';
import type { Channel } from '../world/channel.ts';
import type { Message } from '../world/message.ts';
import type { Workspace } from '../world/workspace.ts';

export interface MessageFilter {
  team?: string | undefined;
  channel?: string | undefined;
  /** The person of a direct message, or the author elsewhere. */
  user?: string | undefined;
  /** Posted at or after, epoch milliseconds. */
  since?: number | undefined;
  limit?: number | undefined;
}

/** In the order of posting. `limit` keeps the newest. */
export function findMessages(sim: Simulation, filter: MessageFilter): object[] {
  const found: { message: Message; workspace: Workspace; channel: Channel }[] = [];
  for (const workspace of sim.world.workspaces.values()) {
    if (filter.team !== undefined && filter.team !== workspace.id) continue;
    for (const channel of [...workspace.channels, ...workspace.vanished]) {
      if (filter.channel !== undefined && filter.channel !== channel.id) continue;
      for (const message of channel.messages) {
        if (filter.since !== undefined && message.receivedAt < filter.since) continue;
        if (
          filter.user !== undefined &&
          filter.user !== (channel.person ?? message.author) &&
          filter.user !== message.ephemeralTo
        )
          continue;
        found.push({ message, workspace, channel });
      }
    }
  }
  found.sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
  const shown = filter.limit === undefined ? found : found.slice(-filter.limit);
  return shown.map((f) => recordedMessage(sim.world, f.workspace, f.channel, f.message));
}
