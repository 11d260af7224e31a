// The id of a lane: a workspace's is its team id; any other kind of channel has one lane for each tenant, with the id
// `<kind>:<tenant>`. Team ids hold no colon.
import { channelKinds, type ChannelKind } from '@carillon/domain';

export const laneOfKind = (kind: Exclude<ChannelKind, 'slack'>, tenantId: string): string => `${kind}:${tenantId}`;

export const laneKindOf = (laneId: string): ChannelKind =>
  channelKinds.find((kind) => laneId.startsWith(`${kind}:`)) ?? 'slack';
