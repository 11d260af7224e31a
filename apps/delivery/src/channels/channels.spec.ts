// The kind of a lane, as its id says it.
import { expect, test } from '@jest/globals';
import { laneKindOf } from '../model/lane-id.ts';
import { placeOf } from '../testing/places.ts';

test.each([
  { kind: 'slack', surface: 'dm', installationId: 'i1', teamId: 'T1', channel: 'U1' } as const,
  { kind: 'email', address: 'ada@acme.test' } as const,
])('the lane of a destination of kind $kind has this kind', (destination) => {
  expect(laneKindOf(placeOf('acme', destination).lane)).toBe(destination.kind);
});

test('a tenant whose id is a kind of channel has an e-mail lane', () => {
  expect(laneKindOf(placeOf('slack', { kind: 'email', address: 'ada@acme.test' }).lane)).toBe('email');
});
