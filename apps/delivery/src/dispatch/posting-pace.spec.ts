import { describe, expect, test } from '@jest/globals';
import type { LearnedRate } from '../model/lane-assignment.ts';
import { PostingPace } from './posting-pace.ts';

const settings = { perMinute: 600, burst: 60, mostPerMinute: 3_000 };
const minute = 60_000;

describe('a posting pace', () => {
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

  test('after a refusal by chance, what was due meanwhile follows, spaced, and no more than headroom allows', () => {
    const pace = new PostingPace({ ...settings, mostPerMinute: 600 }, 0, { takenOver: true });
    let now = 0;
    const post = (): void => {
      now = Math.max(now, pace.opensAt());
      pace.taken(now);
      pace.posted(now);
    };
    for (let n = 0; n < 600; n++) post();
    pace.refused(now, 1_000);
    for (let n = 0; n < 30; n++) post();
    pace.refused(now, 10_000);
    const until = now + 10_000;
    const writtenAt = Array.from({ length: 40 }, () => {
      post();
      return now;
    });
    expect(writtenAt[0]).toBeGreaterThanOrEqual(until);
    for (let n = 1; n < 40; n++) expect(writtenAt[n]! - writtenAt[n - 1]!).toBeGreaterThanOrEqual(24);
    // 2 % of a minute at 600 are 12, on top of 10 a second.
    expect(writtenAt.filter((at) => at < until + 1_000).length).toBeLessThanOrEqual(10 + 12 + 2);
    expect(writtenAt.filter((at) => at < until + 1_000).length).toBeGreaterThanOrEqual(18);
  });

  test("a channel's own refusal blocks the lane and teaches nothing", () => {
    const pace = new PostingPace(settings, 0);
    for (let n = 1; n <= 4; n++) {
      const now = n * 5_000;
      pace.taken(now);
      pace.posted(now);
      pace.taken(now + 300);
      pace.refused(now + 310, 1_000, { ofChannel: true });
      expect(pace.blockedUntil).toBe(now + 1_310);
    }
    expect(pace.perMinute).toBeGreaterThanOrEqual(600);
    expect(pace.learned).toBeNull();
  });

  test('a refusal that is explained afterwards is taken back', () => {
    const pace = new PostingPace(settings, 0);
    pace.taken(5_000);
    pace.refused(5_010, 1_000);
    expect(pace.perMinute).toBeLessThan(600);
    pace.explain(5_000);
    expect(pace.perMinute).toBeLessThan(600);
    pace.explain(5_010);
    expect(pace.perMinute).toBe(600);
  });

  test('what is learned is told once after each change', () => {
    const pace = new PostingPace(settings, 0);
    expect(pace.takeLearned()).toBeNull();
    for (let now = 0; now < minute; now += 100) pace.posted(now);
    expect(pace.takeLearned()).toBeNull();
    pace.refused(minute, 1_000);
    const learned = pace.takeLearned() as LearnedRate;
    expect(learned).toEqual({ perMinute: pace.perMinute, step: expect.any(Number) });
    expect(pace.takeLearned()).toBeNull();
    for (let now = 2 * minute; now < 5 * minute; now = Math.max(now + 1, pace.opensAt())) {
      pace.taken(now);
      pace.posted(now);
    }
    expect(pace.takeLearned()!.perMinute).toBeGreaterThan(learned.perMinute * 1.1);
  });
});
