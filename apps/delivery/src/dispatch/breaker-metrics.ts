// How many lanes are in which state of their circuit breakers, by kind of channel.
import { channelKinds } from '@carillon/domain';
import { laneKindOf } from '../model/lane-id.ts';
import { breakerLanes } from '../metrics.ts';
import { breakerStates } from './breaker-states.ts';
import type { Lane } from './lane.ts';

export function breakerMetrics(lanes: () => Iterable<Lane>): void {
  breakerLanes.onRead((metric) => {
    for (const channel of channelKinds) for (const state of breakerStates) metric.set({ channel, state }, 0);
    for (const { id, breaker } of lanes()) metric.add({ channel: laneKindOf(id), state: breaker.state }, 1);
  });
}
