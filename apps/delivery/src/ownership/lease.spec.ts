import { expect, test } from '@jest/globals';
import { bootNow } from '../model/clock.ts';
import { Lease } from './lease.ts';

const machine = { monotonic: 0, boot: 0, wall: 0 };

function leased(): Lease {
  Object.assign(machine, { monotonic: 1_000, boot: 50_000, wall: 1_700_000_000_000 });
  const lease = new Lease(30_000, 10_000, [() => machine.monotonic, () => machine.boot, () => machine.wall]);
  lease.renewed(lease.now());
  return lease;
}

function pass(ms: number): void {
  machine.monotonic += ms;
  machine.boot += ms;
  machine.wall += ms;
}

test('covers a call that would end within it, and no later one', () => {
  const lease = leased();
  pass(19_999);
  expect(lease.coversCall()).toBe(true);
  pass(1);
  expect(lease.coversCall()).toBe(false);
});

test('is over after a machine was suspended, although the monotonic clock stood still', () => {
  const lease = leased();
  machine.boot += 60_000;
  expect(lease.coversCall()).toBe(false);
});

test('is over after a virtual machine stood still with all its clocks, once the wall clock is set', () => {
  const lease = leased();
  machine.wall += 60_000;
  expect(lease.coversCall()).toBe(false);
  lease.renewed(lease.now());
  expect(lease.coversCall()).toBe(true);
});

test('is not longer for a wall clock that was set back', () => {
  const lease = leased();
  machine.wall -= 3_600_000;
  expect(lease.coversCall()).toBe(true);
  pass(20_000);
  expect(lease.coversCall()).toBe(false);
});

test('covers nothing before the first renewal and after its loss', () => {
  expect(new Lease(30_000, 10_000).coversCall()).toBe(false);
  const lease = leased();
  lease.lost();
  expect(lease.coversCall()).toBe(false);
});

test('the boot clock goes on', () => {
  const before = bootNow();
  expect(bootNow()).toBeGreaterThanOrEqual(before);
});
