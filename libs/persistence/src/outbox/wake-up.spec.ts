import { describe, expect, test } from '@jest/globals';
import { WakeUp } from './wake-up.ts';

describe('a sleep that can be ended', () => {
  test('ends at once when woken', async () => {
    const wakeUp = new WakeUp();
    const slept = wakeUp.sleep(60_000);
    wakeUp.wake();
    await slept;
  });

  test('a wake-up that comes before the sleep is not lost, and several count once', async () => {
    const wakeUp = new WakeUp();
    wakeUp.wake();
    wakeUp.wake();
    await wakeUp.sleep(60_000);
    const began = performance.now();
    await wakeUp.sleep(20);
    expect(performance.now() - began).toBeGreaterThan(15);
  });
});
