import { describe, expect, test } from '@jest/globals';
import { Lifecycle } from './lifecycle.ts';

describe('the end of a process', () => {
  test('goes through the phases in order, whatever the order of registration', async () => {
    const seen: string[] = [];
    const lifecycle = new Lifecycle();
    const step = (name: string) => async () => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(name);
    };
    lifecycle.onRelease('connections', step('connections'));
    for (const phase of ['close', 'flush', 'work', 'intake'] as const) lifecycle.onStop(phase, phase, step(phase));
    await lifecycle.stop();
    expect(seen).toEqual(['intake', 'work', 'flush', 'close', 'connections']);
  });

  test('runs the steps of one phase side by side', async () => {
    const lifecycle = new Lifecycle();
    let arrived = (): void => undefined;
    const other = new Promise<void>((resolve) => (arrived = resolve));
    lifecycle.onStop('work', 'waits for the other', () => other);
    lifecycle.onStop('work', 'the other', () => arrived());
    await lifecycle.stop();
  });

  test('a step that fails or hangs keeps no other from running', async () => {
    const lifecycle = new Lifecycle(20);
    let closed = false;
    lifecycle.onStop('intake', 'fails', () => {
      throw new Error('no');
    });
    lifecycle.onStop('work', 'hangs', () => new Promise(() => undefined));
    lifecycle.onStop('close', 'closes', () => void (closed = true));
    await lifecycle.stop();
    expect(closed).toBe(true);
  });

  test('happens once, however often it is asked for', async () => {
    const lifecycle = new Lifecycle();
    let times = 0;
    lifecycle.onStop('close', 'counts', () => void times++);
    expect(lifecycle.stopping).toBe(false);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect([times, lifecycle.stopping]).toEqual([1, true]);
  });
});
