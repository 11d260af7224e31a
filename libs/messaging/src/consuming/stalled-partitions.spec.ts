import { describe, expect, test } from '@jest/globals';
import { StalledPartitions } from './stalled-partitions.ts';

describe('a partition whose records keep failing', () => {
  test('is told after 30 s, with its place, until it succeeds', () => {
    const stalled = new StalledPartitions();
    stalled.failed('requests', 3, 1, 0);
    stalled.failed('requests', 3, 1, 20_000);
    expect(stalled.problem(29_999)).toBeUndefined();
    expect(stalled.problem(45_000)).toBe('handling requests, partition 3, has failed for 45 s (tried 2 times)');
    stalled.succeeded('requests', 3);
    expect(stalled.problem(45_000)).toBeUndefined();
  });

  test('is forgotten when it moved away, not when it stayed', () => {
    const stalled = new StalledPartitions();
    stalled.failed('requests', 3, 1, 0);
    stalled.failed('requests', 4, 1, 1);
    stalled.keep({ requests: [4] });
    expect(stalled.problem(60_000)).toMatch(/partition 4/);
    stalled.keep({});
    expect(stalled.problem(60_000)).toBeUndefined();
  });

  test('does not make the process unready while its neighbours succeed, nor while it is alone among many', () => {
    const stalled = new StalledPartitions();
    stalled.keep({ requests: [1, 2, 3] });
    stalled.failed('requests', 1, 1, 0);
    expect(stalled.problem(60_000)).toBeUndefined();
    stalled.failed('requests', 2, 1, 0);
    expect(stalled.problem(60_000)).toMatch(/partition 1/);
    stalled.succeeded('requests', 3, 10, 10, 50_000);
    expect(stalled.problem(60_000)).toBeUndefined();
  });

  test('is tried with fewer and fewer records, then with more again', () => {
    const stalled = new StalledPartitions();
    expect(stalled.limit('t', 0, 1_000)).toBe(1_000);
    for (let n = 0; n < 5; n++) stalled.failed('t', 0, 1_000);
    expect(stalled.limit('t', 0, 1_000)).toBe(500);
    for (let n = 0; n < 20; n++) stalled.failed('t', 0, stalled.limit('t', 0, 1_000));
    expect(stalled.limit('t', 0, 1_000)).toBe(1);
    for (let n = 0; n < 9; n++) stalled.succeeded('t', 0, stalled.limit('t', 0, 1_000), 1_000);
    expect(stalled.limit('t', 0, 1_000)).toBe(512);
    expect(stalled.any).toBe(false);
    stalled.succeeded('t', 0, 512, 1_000);
    expect(stalled.limit('t', 0, 5_000)).toBe(5_000);
  });
});
