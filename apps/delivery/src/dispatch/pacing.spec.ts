import { methodLimitOf } from '@carillon/slack';
import { describe, expect, test } from '@jest/globals';
import { MethodPaces } from './pacing.ts';

/** Calls of one method that pass within a minute when somebody asks every 10 ms and comes back when told. */
function callsInAMinute(paces: MethodPaces, method: string): number {
  let calls = 0;
  for (let now = 1_000_000; now < 1_060_000; now += 10)
    if (paces.opensAt(method) <= now) calls += paces.wait(method, `d${now}`, now) === 0 ? 1 : 0;
  return calls;
}

describe('the methods of a lane', () => {
  test('each stays within its tier, bursts included, and none slows another', () => {
    const paces = new MethodPaces((method) => methodLimitOf(method).perMinute);
    const calls = callsInAMinute(paces, 'chat.update');
    expect(calls).toBeLessThanOrEqual(53);
    expect(calls).toBeGreaterThan(40);
    expect(paces.opensAt('chat.delete')).toBeLessThanOrEqual(0);
  });

  test('who waits has a place of its own: many who come at once come back one after the other, once', () => {
    const paces = new MethodPaces((method) => methodLimitOf(method).perMinute);
    const waits = Array.from({ length: 20 }, (_, n) => paces.wait('conversations.open', `d${n}`, 0));
    const later = waits.map((ms, n) => ({ ms, n })).filter(({ ms }) => ms > 0);
    expect(later.length).toBeGreaterThan(10);
    for (const { ms, n } of later) expect(paces.wait('conversations.open', `d${n}`, ms)).toBe(0);
    expect(new Set(later.map(({ ms }) => Math.round(ms))).size).toBe(later.length);
  });

  test('a refusal closes its method for as long as Slack asked, for those with a place too', () => {
    const paces = new MethodPaces((method) => methodLimitOf(method).perMinute);
    paces.refused('chat.delete', 0, 5_000);
    expect(paces.wait('chat.delete', 'd1', 10)).toBe(4_990);
    expect(paces.wait('chat.delete', 'd1', 5_000)).toBe(0);
    expect(paces.blocked(1_000)).toEqual({ 'chat.delete': 5_000 });
  });
});
