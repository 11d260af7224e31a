// An outage of Slack costs a lane at most three ambiguous attempts, and nobody who waits behind them anything.
import { describe, expect, test } from '@jest/globals';
import type { AmbiguityPolicy } from '@carillon/domain';
import { simulateOutage, type OutageScenario } from './testing/outage-simulation.ts';

const hours = 3_600_000;
const [channels, each] = [40, 500];
const base: OutageScenario = {
  lanes: 3,
  channels,
  each,
  policy: 'resend',
  answerMs: 120,
  failureMs: 120,
  outage: { from: 20_000, to: 20_000 + 6 * hours },
};

describe('an outage of six hours with 500 queued in each of 40 channels', () => {
  test.each<[string, number, AmbiguityPolicy]>([
    ['errors, sent again', 120, 'resend'],
    ['timeouts, not sent again', 10_000, 'drop'],
  ])(
    '%s: at most three ambiguous attempts for each lane, everything else delivered in order',
    (_, failureMs, policy) => {
      for (const lane of simulateOutage({ ...base, failureMs, policy })) {
        expect(lane.ambiguous).toBeLessThanOrEqual(3);
        expect(lane.failed).toBeLessThanOrEqual(policy === 'drop' ? 3 : 0);
        expect(lane.delivered).toBe(channels * each - lane.failed);
        expect(lane).toMatchObject({ disordered: 0, parked: 0 });
        expect(lane.recoveredAfterMs).toBeLessThan(75_000);
      }
    },
  );

  test('of one workspace: the others are delivered as if nothing was', () => {
    const scenario = { ...base, channels: 10, each: 200 };
    const [, ...quiet] = simulateOutage({ ...scenario, outage: { from: 0, to: 0 } });
    const [failing, ...others] = simulateOutage({ ...scenario, concerns: (lane) => lane === 0 });
    expect(failing!.ambiguous).toBeLessThanOrEqual(3);
    expect(failing).toMatchObject({ delivered: 2_000, disordered: 0, parked: 0 });
    expect(others.map(({ lastAt }) => lastAt)).toEqual(quiet.map(({ lastAt }) => lastAt));
  });

  test('answers that take ten seconds do not stop a lane: it has more calls under way', () => {
    const slow = { ...base, lanes: 1, each: 20, answerMs: 10_000, outage: { from: 0, to: 0 } };
    const [lane] = simulateOutage(slow);
    // A channel alone takes 200 s; three calls at once would take 2,667 s.
    expect(lane!.lastAt).toBeLessThan(400_000);
  });
});
