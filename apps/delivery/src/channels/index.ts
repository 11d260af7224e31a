// The channels of this service, one for each kind. A new kind is a line here and a folder beside.
import type { ChannelKind } from '@carillon/domain';
import type { PlaceOf } from '../model/queue-place.ts';
import type { Channel } from './channel.ts';
import type { ChannelDependencies } from './dependencies.ts';
import { createEmailChannel } from './email/email-channel.ts';
import { createSlackChannel } from './slack/slack-channel.ts';

export const createChannels = (dependencies: ChannelDependencies) =>
  ({
    slack: createSlackChannel(dependencies),
    email: createEmailChannel(dependencies),
  }) satisfies Record<ChannelKind, Channel>;

export type Channels = ReturnType<typeof createChannels>;
export const CHANNELS = Symbol('channels');

export const placesIn =
  (channels: Readonly<Record<ChannelKind, Pick<Channel, 'laneOf'>>>): PlaceOf =>
  (tenantId, to) =>
    channels[to.kind].laneOf(tenantId, to);
