import { describe, expect, test } from '@jest/globals';
import type { NotificationOutcome } from '@carillon/domain';
import type { SendResult } from '../model/send-result.ts';
import { claimed } from '../testing/claimed.ts';
import { placeOf } from '../testing/places.ts';
import { resolveResult, resolveUnknown } from './resolve-result.ts';
import { isTerminal, transitions } from '../model/delivery-state.ts';

const policy = { reconcileWaitMs: 30_000, backoffBaseMs: 1_000, backoffMostMs: 60_000, placeOf };
const facts = {};
const outcomeOf = (result: { outcome?: { value: Buffer | string | null } }): NotificationOutcome =>
  JSON.parse(String(result.outcome!.value)) as NotificationOutcome;

const ends: Exclude<SendResult, { kind: 'not_written' }>[] = [
  { kind: 'delivered', facts, ref: { teamId: 'T1', channel: 'D1', ts: '1.1' } },
  { kind: 'refused', error: 'channel_not_found', advice: 'a', facts },
  { kind: 'retry', error: 'ratelimited', advice: 'a', facts, delayMs: 3_000 },
  { kind: 'unknown', error: 'timeout', advice: 'a', facts },
];

describe('settling an attempt', () => {
  test.each(ends)(
    'an end of kind $kind is a move the table of states allows, with an outcome exactly when it is terminal',
    (end) => {
      const result = resolveResult(claimed(), end, new Date(), policy);
      expect(transitions.sending).toContain(result.state);
      expect(result.terminal).toBe(isTerminal(result.state));
      expect(result.outcome !== undefined).toBe(result.terminal);
      expect(result.report).toBeDefined();
    },
  );

  test('waits as long as the other side asked', () => {
    expect(resolveResult(claimed(), ends[2]!, new Date(), policy).afterMs).toBe(3_000);
  });

  test('backs off longer with every attempt, up to the most', () => {
    const after = (attempt: number): number =>
      resolveResult(
        claimed({ attempt }),
        { kind: 'retry', error: 'x', advice: '', facts },
        new Date(),
        policy,
        () => 0.5,
      ).afterMs;
    expect([1, 2, 3, 20].map(after)).toEqual([1_000, 2_000, 4_000, 60_000]);
  });

  test('a delivery after an attempt without an answer is flagged as a possible duplicate', () => {
    expect(outcomeOf(resolveResult(claimed({ ambiguous: 1 }), ends[0]!, new Date(), policy)).possibleDuplicate).toBe(
      true,
    );
    expect(outcomeOf(resolveResult(claimed(), ends[0]!, new Date(), policy)).possibleDuplicate).toBe(false);
  });
});

describe('settling an attempt without an answer', () => {
  test('found in the history: delivered, and no duplicate', () => {
    const result = resolveUnknown(
      claimed({ ambiguous: 1 }),
      { kind: 'found', ref: { teamId: 'T1', channel: 'D1', ts: '1.1' } },
      policy,
    );
    expect(result.state).toBe('delivered');
    expect(outcomeOf(result).possibleDuplicate).toBe(false);
  });

  test('surely absent: sent again, not flagged', () => {
    expect(resolveUnknown(claimed({ ambiguous: 1 }), { kind: 'absent' }, policy)).toMatchObject({
      state: 'ready',
      ambiguous: 0,
    });
  });

  test('it can be known, but not now: asked again, nothing sent', () => {
    expect(resolveUnknown(claimed({ ambiguous: 1 }), { kind: 'later', afterMs: 7 }, policy)).toMatchObject({
      state: 'unknown',
      ambiguous: 1,
      afterMs: 7,
    });
  });

  test('nobody can know: sent again once, flagged', () => {
    expect(resolveUnknown(claimed({ ambiguous: 1 }), { kind: 'cannot_know' }, policy)).toMatchObject({
      state: 'ready',
      ambiguous: 1,
    });
  });

  test.each([
    ['the policy is to drop', claimed({ ambiguous: 1, ambiguity: 'drop' })],
    ['it is the second time', claimed({ ambiguous: 2 })],
  ])('nobody can know and %s: failed, possibly delivered', (_, delivery) => {
    const result = resolveUnknown(delivery, { kind: 'cannot_know' }, policy);
    expect(result).toMatchObject({ state: 'failed', reason: 'ambiguous' });
    expect(outcomeOf(result).possiblyDelivered).toBe(true);
  });
});

describe('a deletion', () => {
  test('is recorded as a deletion, and cancels the delivery for the reason of the retraction', () => {
    const result = resolveResult(claimed({ op: 'delete' }), ends[0]!, new Date(), policy);
    expect(result.report).toMatchObject({ result: 'deleted' });
    expect(outcomeOf(result)).toMatchObject({ outcome: 'cancelled', reason: 'retracted' });
  });
});

describe('a deletion without an answer', () => {
  test('is done again, also when the message still stands, and leaves no doubt behind', () => {
    for (const found of [
      { kind: 'found' as const, ref: { teamId: 'T1', channel: 'D1', ts: '1.1' } },
      { kind: 'absent' as const },
      { kind: 'cannot_know' as const },
      { kind: 'later' as const },
    ]) {
      expect(resolveUnknown(claimed({ op: 'delete', ambiguous: 1 }), found, policy)).toMatchObject({
        state: 'ready',
        terminal: false,
        ambiguous: 0,
      });
    }
  });
});

describe('an attempt that somebody could tell about, but does not', () => {
  test('is asked about again for a minute, and then treated as one of which nobody can know', () => {
    expect(resolveUnknown(claimed({ ambiguous: 1 }), { kind: 'later', afterMs: 5_000 }, policy)).toMatchObject({
      state: 'unknown',
      afterMs: 5_000,
    });
    expect(resolveUnknown(claimed({ ambiguous: 1, heldForMs: 61_000 }), { kind: 'later' }, policy)).toMatchObject({
      state: 'ready',
      ambiguous: 1,
    });
  });
});
