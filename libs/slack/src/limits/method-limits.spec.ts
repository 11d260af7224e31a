import { describe, expect, test } from '@jest/globals';
import { documentedByMethod } from '../testing/documented-errors.ts';
import { methodLimitOf, methodLimits, postingLimits } from './method-limits.ts';

const perMinuteOfTier = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;

describe('the limits of methods', () => {
  test('cover every method whose errors we classify', () => {
    expect(Object.keys(documentedByMethod).filter((method) => !Object.hasOwn(methodLimits, method))).toEqual([]);
  });

  test.each(Object.entries(methodLimits))('%s is paced as its tier says', (_method, { tier, perMinute }) => {
    expect(perMinute).toBeGreaterThan(0);
    if (tier !== 'special') expect(perMinute).toBe(perMinuteOfTier[tier]);
  });

  test('take the lower of two sources that differ', () => {
    expect(methodLimitOf('users.conversations')).toEqual({ tier: 2, perMinute: 20 });
  });

  test('start posting at 600 a minute with bursts of 60, one a second in a channel', () => {
    expect(postingLimits).toEqual({ channelPerSecond: 1, workspacePerMinute: 600, workspaceBurst: 60 });
    expect(methodLimitOf('chat.postMessage')).toEqual({ tier: 'special', perMinute: 600 });
  });

  test('of an unknown method are the lowest', () => {
    expect(methodLimitOf('no.such')).toEqual({ tier: 1, perMinute: 1 });
    expect(methodLimitOf('constructor')).toEqual({ tier: 1, perMinute: 1 });
  });
});
