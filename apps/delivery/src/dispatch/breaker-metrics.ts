// How many lanes are in which state of their circuit breakers, by kind of channel.
import { gauge } from '@carillon/telemetry';
import { channelKinds } from '@carillon/domain';
import { laneKindOf } from '../model/lane-id.ts';
import { breakerStates } from './breaker-lane.ts';
import type { Lane } from './lane.ts';

let lanesOf: () => Iterable<Lane> = () => [];

export function breakerMetrics(lanes: () => Iterable<Lane>): void {
  lanesOf = lanes;
  gauge(
    'carillon_delivery_breaker_state',
    'Lanes by the state of their circuit breaker: open and probing ones send nothing.',
    ['channel', 'state'],
    (metric) => {
      for (const channel of channelKinds) for (const state of breakerStates) metric.set({ channel, state }, 0);
      for (const { id, breaker } of lanesOf()) metric.inc({ channel: laneKindOf(id), state: breaker.state });
    },
  );
}
