import { describe, expect, test } from '@jest/globals';
import { Troubles } from './troubles.ts';

describe('a batch that keeps failing', () => {
  test('is told after 30 s, with its place, until it succeeds', () => {
    const troubles = new Troubles();
    troubles.failed('requests', 3, 0);
    troubles.failed('requests', 3, 20_000);
    expect(troubles.sentence(29_999)).toBeUndefined();
    expect(troubles.sentence(45_000)).toBe('handling requests, partition 3, has failed for 45 s (tried 2 times)');
    troubles.over('requests', 3);
    expect(troubles.sentence(45_000)).toBeUndefined();
  });

  test('is forgotten with a partition that moved away, not with one that stayed', () => {
    const troubles = new Troubles();
    troubles.failed('requests', 3, 0);
    troubles.failed('requests', 4, 1);
    troubles.keep({ requests: [4] });
    expect(troubles.sentence(60_000)).toMatch(/partition 4/);
    troubles.keep({});
    expect(troubles.sentence(60_000)).toBeUndefined();
  });
});
