// What learning a hidden posting limit reaches, in simulated time: every figure is the same on every machine.
import { describe, expect, test } from '@jest/globals';
import type { LearnedRate } from '../model/lane-assignment.ts';
import { PostingPace } from './posting-pace.ts';
import { beginMs, simulate, type SimulatedSlack, type Simulated, type Work } from './testing/posting-simulation.ts';

const settings = { perMinute: 600, burst: 60, mostPerMinute: 3_000 };
const seeds = [1, 2, 3];

const run = (slack: SimulatedSlack, work: Work, learned?: LearnedRate): { lane: Simulated; pace: PostingPace } => {
  const pace = new PostingPace(settings, beginMs, { learned, takenOver: learned !== undefined });
  return { lane: simulate(pace, slack, work), pace };
};

describe.each(['bucket', 'window'] as const)('under a hidden limit, counted by a %s,', (shape) => {
  test.each([60, 120, 300, 450, 700])(
    'of %d a minute: at least 0.97 of it from the tenth minute on, and one 429 in ten minutes',
    (limit) => {
      const { lane } = run({ shape, limit }, { minutes: 40 });
      expect(lane.share(10, 40, limit)).toBeGreaterThanOrEqual(0.97);
      expect(lane.refusals(10, 40)).toBeLessThanOrEqual(3);
    },
  );

  test.each([1_200, 2_500])('of %d a minute: at least 0.97 of it, and few 429s while it settles', (limit) => {
    const { lane } = run({ shape, limit }, { minutes: 40 });
    expect(lane.share(10, 40, limit)).toBeGreaterThanOrEqual(0.97);
    expect(lane.refusals(10, 40)).toBeLessThanOrEqual(9);
    expect(lane.refusals(30, 40)).toBeLessThanOrEqual(2);
  });

  test('goes on where the former owner of the lane stopped', () => {
    const { learned } = run({ shape, limit: 300 }, { minutes: 15 }).pace;
    const { lane } = run({ shape, limit: 300 }, { minutes: 10 }, learned!);
    expect(lane.share(0, 10, 300)).toBeGreaterThan(0.95);
    expect(lane.refusals(0, 10)).toBeLessThanOrEqual(2);
  });

  test.each([
    [120, 0.02, 0.9],
    [300, 0.01, 0.9],
    [300, 0.02, 0.9],
    [300, 0.05, 0.65],
    [700, 0.01, 0.85],
    [700, 0.02, 0.8],
  ])('of %d a minute, and a share of %d refused by chance: at least %d of the limit', (limit, chance, share) => {
    for (const seed of seeds) {
      const { lane } = run({ shape, limit, chance, seed }, { minutes: 30 });
      expect(lane.share(10, 30, limit)).toBeGreaterThanOrEqual(share);
    }
  });

  test('that drops from 600 to 200: used within two minutes, then at most one 429 in two minutes', () => {
    const { lane } = run({ shape, limit: (at) => (at < 10 ? 600 : 200) }, { minutes: 30 });
    expect(lane.refusals(10, 12)).toBeLessThanOrEqual(30);
    expect(lane.share(12, 30, 200)).toBeGreaterThanOrEqual(0.9);
    expect(lane.refusals(12, 30)).toBeLessThanOrEqual(9);
  });

  test('that drops from 600 to 200 while one in fifty is refused by chance: used within three minutes', () => {
    for (const seed of seeds) {
      const limit = (at: number): number => (at < 10 ? 600 : 200);
      const { lane } = run({ shape, limit, chance: 0.02, seed }, { minutes: 30 });
      expect(lane.share(13, 30, 200)).toBeGreaterThanOrEqual(0.8);
    }
  });

  test('that rises from 300 to 600: used within three quarters of an hour', () => {
    const { lane } = run({ shape, limit: (at) => (at < 15 ? 300 : 600) }, { minutes: 90 });
    expect(lane.share(60, 90, 600)).toBeGreaterThanOrEqual(0.95);
    expect(lane.refusals(60, 90)).toBeLessThanOrEqual(6);
  });
});

describe('with no limit, where refusals come by chance alone,', () => {
  const far = { shape: 'bucket', limit: Infinity } as const;
  const channels = 4;

  test.each([
    [0.01, 0.95],
    [0.02, 0.9],
    [0.05, 0.75],
  ])('a share of %d refused: from the first minute on, at least %d of what the channels allow', (chance, share) => {
    for (const seed of seeds) {
      const { lane } = run({ ...far, chance, seed }, { minutes: 20, channels });
      expect(lane.share(0, 20, channels * 60)).toBeGreaterThanOrEqual(share);
    }
  });

  test('the rate keeps growing', () => {
    for (const seed of seeds) {
      const { pace } = run({ ...far, chance: 0.02, seed }, { minutes: 10, channels: 60 });
      expect(pace.perMinute).toBeGreaterThan(1_000);
    }
  });

  test('a share of 0.02 refused among sixty channels: from the fifth minute on, near what a sender that knows reaches', () => {
    const sixty = { minutes: 20, channels: 60 };
    for (const seed of seeds) {
      const slack = { ...far, chance: 0.02, seed };
      const knows = simulate(new PostingPace({ ...settings, perMinute: 0 }, beginMs), slack, sixty);
      const { lane } = run(slack, sixty);
      expect(lane.share(5, 20, 3_600) / knows.share(5, 20, 3_600)).toBeGreaterThanOrEqual(0.7);
      expect(lane.share(0, 4, 3_600) * 4 * 3_600).toBeGreaterThanOrEqual(3_000);
    }
  });
});
