// The counting of bursts, and what follows for a decision.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { count, rollUpOf, type BurstPosition, type BurstWindow } from './burst-window.ts';

const minute = 60_000;
const throttle = fc.record({ limit: fc.integer({ min: 1, max: 4 }), minutes: fc.integer({ min: 1, max: 5 }) });
/** What comes, some of it again, some ms after what came before. */
const arrivals = fc.array(fc.record({ id: fc.nat(20), after: fc.nat(2 * minute) }), { maxLength: 60 });

function run(
  given: readonly { id: number; after: number }[],
  rule: { limit: number; minutes: number },
  isGroup: boolean,
) {
  const known = new Map<number, BurstPosition>();
  let window: BurstWindow | undefined;
  let at = 1_000;
  return given.map(({ id, after }) => {
    at += after;
    const before = known.get(id);
    const counted = count(window, before, { isGroup, throttle: rule }, at);
    if ('window' in counted) window = counted.window;
    known.set(id, counted.position);
    return { id, at, before, isNew: 'window' in counted, position: counted.position };
  });
}

test('positions of a window are 1, 2, 3, …; it begins with its first and lasts as long as the throttle says', () => {
  fc.assert(
    fc.property(arrivals, throttle, fc.boolean(), (given, rule, isGroup) => {
      const windows = Map.groupBy(
        run(given, rule, isGroup).filter(({ isNew }) => isNew),
        ({ position }) => position.startedAt,
      );
      let end = 0;
      for (const [startedAt, members] of windows) {
        expect(startedAt).toBeGreaterThanOrEqual(end);
        end = startedAt + rule.minutes * minute;
        expect(members.map(({ position }) => position)).toEqual(
          members.map((_, n) => ({ startedAt, endsAt: end, position: n + 1 })),
        );
        expect(members[0]!.at).toBe(startedAt);
        expect(members.every(({ at }) => at < end)).toBe(true);
      }
    }),
  );
});

test('what was counted keeps its position, except a group beyond the limit whose window has ended', () => {
  fc.assert(
    fc.property(arrivals, throttle, fc.boolean(), (given, rule, isGroup) => {
      for (const { at, before, position, isNew } of run(given, rule, isGroup)) {
        if (!before) continue;
        const over = isGroup && before.position > rule.limit && before.endsAt <= at;
        expect(isNew).toBe(over);
        if (!over) expect(position).toBe(before);
      }
    }),
  );
});

test('as many as the limit are sent as they are, and the others say how many more there were', () => {
  fc.assert(
    fc.property(throttle, fc.integer({ min: 1, max: 10 }), (rule, position) => {
      const rolledUp = rollUpOf({ startedAt: 0, endsAt: minute, position }, rule);
      expect(rolledUp?.more ?? 0).toBe(Math.max(0, position - rule.limit));
      // Whatever the limit becomes.
      if (rolledUp) expect(rolledUp.position).toBe(position);
    }),
  );
});
