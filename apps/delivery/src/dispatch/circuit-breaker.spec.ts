import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KindBreaker } from './breaker-kind.ts';
import { ambiguousInARow, LaneBreaker, type Evidence } from './breaker-lane.ts';
import { OpenTime } from './breaker-open-time.ts';

const half = (): number => 0.5;
const breakerOf = (kind = new KindBreaker(half)): LaneBreaker => new LaneBreaker(kind, half);

function opened(now = 0, kind?: KindBreaker): LaneBreaker {
  const breaker = breakerOf(kind);
  for (let n = 0; n < ambiguousInARow; n++) breaker.saw('ambiguous', now);
  return breaker;
}

/** Probes when it is due. Answers the instant. */
function probe(breaker: LaneBreaker, now: number, answered: boolean): number {
  const at = Math.max(now, breaker.wakeAt(now)!);
  expect(breaker.takeProbe(at)).toBe(true);
  breaker.probed(answered, at);
  return at;
}

describe('the breaker of a lane', () => {
  test('opens after three ambiguous attempts without an answer between, and not otherwise', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Evidence>('answered', 'ambiguous'), { maxLength: 40 }), (evidence) => {
        const breaker = breakerOf();
        let inARow = 0;
        for (const one of evidence) {
          breaker.saw(one, 0);
          inARow = one === 'answered' ? 0 : inARow + 1;
          if (inARow >= ambiguousInARow) break;
        }
        expect(breaker.state).toBe(inARow >= ambiguousInARow ? 'open' : 'closed');
        expect(breaker.mayCall(0)).toBe(inARow < ambiguousInARow);
      }),
    );
  });

  test('while probes fail nothing is called, and they follow ever later, a minute apart at most', () => {
    const breaker = opened();
    let last = 0;
    for (let n = 0; n < 12; n++) {
      const at = probe(breaker, last, false);
      expect(breaker.mayCall(at)).toBe(false);
      expect(at - last).toBeGreaterThan(0);
      expect(at - last).toBeLessThanOrEqual(60_000);
      last = at;
    }
    expect(breaker.wakeAt(last)! - last).toBeGreaterThan(20_000);
  });

  test('one probe at a time', () => {
    const breaker = opened();
    const at = breaker.wakeAt(0)!;
    expect([breaker.takeProbe(at), breaker.takeProbe(at)]).toEqual([true, false]);
    expect(breaker.wakeAt(at)).toBeNull();
  });

  test('after a probe that was answered one call goes, then twice as many with each answer', () => {
    const breaker = opened();
    const at = probe(breaker, 0, true);
    const rooms = [];
    for (let n = 0; n < 6; n++) {
      rooms.push(breaker.room(at));
      breaker.saw('answered', at);
    }
    expect(rooms).toEqual([1, 2, 4, 8, 16, 32]);
    expect(breaker.state).toBe('closed');
  });

  test('a trial without an answer opens it again, and each next trial waits longer', () => {
    const breaker = opened();
    const waits = [];
    let at = 0;
    for (let n = 0; n < 5; n++) {
      at = probe(breaker, at, true);
      breaker.saw('ambiguous', at);
      expect(breaker.mayCall(at)).toBe(false);
      waits.push(breaker.wakeAt(at)! - at);
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)!).toBeGreaterThan(60_000);
  });

  test('connections that fail open it later, for nothing was sent', () => {
    const breaker = breakerOf();
    const states = Array.from({ length: 5 }, () => {
      breaker.saw('unreachable', 0);
      return breaker.state;
    });
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open']);
  });

  test('counts the time in which it was open', () => {
    const breaker = opened(1_000);
    const at = probe(breaker, 1_000, true);
    breaker.saw('answered', at + 500);
    expect(breaker.openMsOfLast(60_000, 50_000)).toBe(at + 500 - 1_000);
    expect(breaker.openMsOfLast(1, 50_000)).toBe(0);
  });
});

describe('the breaker over all lanes', () => {
  const lanes = (count: number): { kind: KindBreaker; all: LaneBreaker[] } => {
    const kind = new KindBreaker(half);
    return { kind, all: Array.from({ length: count }, () => breakerOf(kind)) };
  };
  const fail = (breaker: LaneBreaker, now: number): void => {
    for (let n = 0; n < ambiguousInARow; n++) breaker.saw('ambiguous', now);
  };

  test('opens when several lanes open and few are answered; then no lane calls', () => {
    const { kind, all } = lanes(5);
    for (const lane of all.slice(0, 3)) fail(lane, 10);
    expect(kind.isOpen).toBe(true);
    expect(all.map((lane) => lane.mayCall(10))).toEqual([false, false, false, false, false]);
  });

  test('stays closed while most lanes are answered', () => {
    const { kind, all } = lanes(10);
    for (const lane of all.slice(3)) lane.saw('answered', 9);
    for (const lane of all.slice(0, 3)) fail(lane, 10);
    expect(kind.isOpen).toBe(false);
    expect(all[9]!.mayCall(10)).toBe(true);
  });

  test('closes with a probe that is answered, and the lanes begin one call each, at different instants', () => {
    let seed = 0;
    const kind = new KindBreaker(() => (seed = (seed + 0.37) % 1));
    const all = Array.from({ length: 20 }, () => breakerOf(kind));
    for (const lane of all.slice(0, 3)) fail(lane, 0);
    const others = all.slice(3);
    const at = kind.nextProbeAt!;
    expect(kind.takeProbe(at)).toBe(true);
    kind.probed(true, at);
    const starts = others.map((lane) => lane.wakeAt(at) ?? at);
    expect(new Set(starts).size).toBeGreaterThan(10);
    for (const [n, lane] of others.entries()) expect(lane.room(starts[n]!)).toBe(1);
  });
});

test('time in which two breakers were open counts once', () => {
  const [one, other] = [new OpenTime(), new OpenTime()];
  one.opened(0);
  one.closed(10);
  other.opened(5);
  other.closed(20);
  one.opened(30);
  expect(OpenTime.within([one, other], 2, 40)).toBe(18 + 10);
});
