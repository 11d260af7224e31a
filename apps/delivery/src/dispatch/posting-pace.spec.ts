import { describe, expect, test } from '@jest/globals';
import { PostingPace, type Learned } from './posting-pace.ts';

const settings = { perMinute: 600, burst: 60, mostPerMinute: 3_000 };
const minute = 60_000;

/**
 * What Slack may count by: a bucket that holds a minute's worth, or the last minute. Answers whether a post is taken.
 */
const shapes = {
  bucket(limit: number): (now: number) => boolean {
    const interval = minute / limit;
    let full = 0;
    return (now) => {
      if (full - now > interval * (limit - 1)) return false;
      full = Math.max(full, now) + interval;
      return true;
    };
  },
  window(limit: number): (now: number) => boolean {
    const taken: number[] = [];
    return (now) => {
      while (taken.length > 0 && taken[0]! <= now - minute) taken.shift();
      if (taken.length >= limit) return false;
      taken.push(now);
      return true;
    };
  },
};

/**
 * A lane with endless work against a hidden limit, on a clock of its own: what was taken and refused, by ms from the
 * start.
 */
function work(
  limit: number,
  shape: keyof typeof shapes,
  minutes: number,
  learned?: Learned,
): { taken: number[]; refused: number[]; pace: PostingPace } {
  const allows = shapes[shape](limit);
  const begin = 1_000_000;
  const pace = new PostingPace(settings, begin, { learned, takenOver: learned !== undefined });
  const taken: number[] = [];
  const refused: number[] = [];
  let blockedUntil = 0;
  for (let now = begin; now < begin + minutes * minute; now = Math.max(now, pace.opensAt())) {
    pace.taken(now);
    if (now >= blockedUntil && allows(now)) {
      pace.posted(now + 20);
      taken.push(now - begin);
    } else {
      if (now >= blockedUntil) blockedUntil = now + 1_000;
      pace.refused(now + 20, 1_000);
      refused.push(now - begin);
    }
  }
  return { taken, refused, pace };
}

const after = (instants: readonly number[], minutes: number): number =>
  instants.filter((at) => at >= minutes * minute).length;

describe.each(['bucket', 'window'] as const)('a posting pace under a hidden limit (%s)', (shape) => {
  test.each([120, 300, 450, 700, 1_200])(
    'of %d a minute finds it within ten minutes and then stays just under it',
    (limit) => {
      const { taken, refused } = work(limit, shape, 40);
      expect(after(taken, 10) / (30 * limit)).toBeGreaterThanOrEqual(0.97);
      expect(after(refused, 10)).toBeLessThanOrEqual(4);
    },
  );

  test('goes on where the former owner of the lane stopped', () => {
    const { learned } = work(300, shape, 15).pace;
    const { taken, refused } = work(300, shape, 10, learned!);
    expect(taken.length / 3_000).toBeGreaterThan(0.95);
    expect(refused.length).toBeLessThanOrEqual(2);
  });
});

describe('a posting pace', () => {
  test('is refused at most three times in half an hour once it knows a limit of 300 a minute', () => {
    for (const shape of ['bucket', 'window'] as const)
      expect(after(work(300, shape, 40).refused, 10)).toBeLessThanOrEqual(3);
  });

  test('stops for as long as Slack asked, and several refusals of one burst count once', () => {
    const pace = new PostingPace(settings, 0);
    for (let n = 0; n < 100; n++) pace.taken(n * 100);
    pace.refused(10_000, 2_000);
    const slower = pace.perMinute;
    for (let n = 1; n < 5; n++) pace.refused(10_000 + n, 2_000);
    expect(pace.opensAt()).toBe(12_000 + 4);
    expect(pace.perMinute).toBe(slower);
    expect(slower).toBeLessThan(600);
  });

  test('grows while it is used and nothing is refused, up to its most; idle time, and what is never posted, teach nothing', () => {
    const pace = new PostingPace({ ...settings, mostPerMinute: 700 }, 0);
    for (let now = minute; now < 10 * minute; now += 2_000) pace.taken(now);
    expect(pace.perMinute).toBe(600);
    for (let n = 1; n <= 10; n++) pace.posted(n * 10 * minute);
    expect(pace.perMinute).toBeLessThan(720);
    for (let now = 100 * minute; now < 110 * minute; now += 100) pace.posted(now);
    expect(pace.perMinute).toBe(700);
  });

  test('never lets more through than burst plus rate', () => {
    const pace = new PostingPace({ ...settings, mostPerMinute: 600 }, 0);
    let taken = 0;
    for (let now = 0; now < minute; now++) {
      if (pace.opensAt() > now) continue;
      pace.taken(now);
      taken++;
    }
    expect(taken).toBeLessThanOrEqual(600 + 60);
    expect(taken).toBeGreaterThan(590);
  });

  test('without a limit nothing is counted, yet a refusal is obeyed', () => {
    const pace = new PostingPace({ perMinute: 0, burst: 1, mostPerMinute: 0 }, 0);
    for (let n = 0; n < 1_000; n++) pace.taken(1);
    expect(pace.opensAt()).toBe(0);
    pace.refused(10, 1_000);
    expect(pace.opensAt()).toBe(1_010);
  });
});
