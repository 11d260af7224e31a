// How many lanes are in which state of their circuit breakers, by kind of channel.
import { gauge } from '@carillon/telemetry';
import { laneKindOf } from '../model/lane-id.ts';
import type { Lane } from './lane.ts';

const states = ['closed', 'open', 'probing', 'trial', 'recovering'] as const;

let lanesOf: () => Iterable<Lane> = () => [];

export function breakerMetrics(lanes: () => Iterable<Lane>): void {
  lanesOf = lanes;
  gauge(
    'carillon_delivery_breaker_state',
    'Lanes by the state of their circuit breaker: open and probing ones send nothing.',
    ['channel', 'state'],
    (metric) => {
      for (const channel of ['slack', 'email']) for (const state of states) metric.set({ channel, state }, 0);
      for (const { id, breaker } of lanesOf()) metric.inc({ channel: laneKindOf(id), state: breaker.state });
    },
  );
}
