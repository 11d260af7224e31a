// What a checkpoint does for who listens, and that it does nothing else.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from '@jest/globals';
import { checkpoint, checkpointChannel } from './checkpoints.ts';

test('who subscribes to a checkpoint is called there, each time, and nobody else', () => {
  const reached: unknown[] = [];
  const listener = (message: unknown): void => void reached.push(message);
  checkpoint('claim.stored');
  subscribe(checkpointChannel('claim.stored'), listener);
  checkpoint('claim.stored');
  checkpoint('result.stored');
  checkpoint('claim.stored');
  unsubscribe(checkpointChannel('claim.stored'), listener);
  checkpoint('claim.stored');
  expect(reached).toEqual(['claim.stored', 'claim.stored']);
});
