import { describe, expect, it } from '@jest/globals';
import { MethodPace } from './method-pace.ts';

function paceWith(limit: number) {
  let now = 0;
  const pace = new MethodPace({
    perMinute: () => limit,
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  });
  const signal = new AbortController().signal;
  const call = (workspace: string, method: string, takes = 100) =>
    pace.run(workspace, method, signal, () => {
      const at = now;
      now += takes;
      return Promise.resolve(at);
    });
  return { call, now: () => now };
}

describe('the pace of a method', () => {
  it('lets no minute have more calls than the limit', async () => {
    const { call } = paceWith(5);
    const starts: number[] = [];
    for (let i = 0; i < 23; i++) starts.push(await call('T1', 'users.list'));
    starts.forEach((start, i) => {
      if (i >= 5) expect(start - starts[i - 5]!).toBeGreaterThanOrEqual(60_000);
    });
  });

  it('does not make the first calls wait', async () => {
    const { call, now } = paceWith(5);
    for (let i = 0; i < 5; i++) await call('T1', 'users.list', 1);
    expect(now()).toBe(5);
  });

  it('keeps other methods and other workspaces out of it', async () => {
    const { call, now } = paceWith(1);
    await call('T1', 'users.list', 1);
    await call('T1', 'conversations.list', 1);
    await call('T2', 'users.list', 1);
    expect(now()).toBe(3);
  });

  it('counts a call that failed', async () => {
    const { call } = paceWith(1);
    let now = 0;
    const pace = new MethodPace({
      perMinute: () => 1,
      now: () => now,
      sleep: (ms) => Promise.resolve(void (now += ms)),
    });
    const { signal } = new AbortController();
    await expect(pace.run('T1', 'm', signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pace.run('T1', 'm', signal, () => Promise.resolve());
    expect(now).toBeGreaterThanOrEqual(60_000);
    await call('T1', 'm');
  });

  it('stops waiting when it is told to', async () => {
    const pace = new MethodPace({ perMinute: () => 1 });
    const abort = new AbortController();
    await pace.run('T1', 'm', abort.signal, () => Promise.resolve());
    const waiting = pace.run('T1', 'm', abort.signal, () => Promise.resolve());
    abort.abort();
    await expect(waiting).rejects.toThrow();
  });
});
