import { expect, test } from '@jest/globals';
import { HeadBudget } from '../model/head-budget.ts';
import { slackLimits } from '../testing/lane-limits.ts';
import { Lane } from './lane.ts';

test('a lane that is taken over rests until the block of its former owner ends, and learns nothing from it again', () => {
  const learned = { perMinute: 300, step: 1 };
  const lane = new Lane(
    {
      laneId: 'T1',
      epoch: 2,
      learned,
      paused: false,
      blockedForMs: { 'chat.postMessage': 30_000, 'conversations.open': 5_000 },
    },
    { ...slackLimits, posting: { perMinute: 600, burst: 60, mostPerMinute: 3_000 } },
    1_000,
    new HeadBudget(10),
  );
  expect(lane.posting.opensAt()).toBeGreaterThanOrEqual(31_000);
  expect(lane.snapshot(1_000)).toEqual({
    id: 'T1',
    learned,
    blockedForMs: { 'chat.postMessage': 30_000, 'conversations.open': 5_000 },
  });
  expect(lane.snapshot(31_000).blockedForMs).toEqual({});
});
