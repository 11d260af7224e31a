import { describe, expect, test } from '@jest/globals';
import { bytesOf, planSend, type Limits, type Sized } from './send-plan.ts';

const limits: Limits = { batchBytes: 100, batchRecords: 3, requestBytes: 1_000 };
const record = (bytes: number, partition = 0, topic = 't'): Sized => ({ topic, partition, bytes });

describe('planSend', () => {
  test('keeps each partition within its bytes and lets the others pass', () => {
    const waiting = [record(60), record(60), record(10, 1), record(10)];
    const { now, later } = planSend(waiting, limits);
    expect(now).toEqual([waiting[0], waiting[2]]);
    expect(later).toEqual([waiting[1], waiting[3]]);
  });

  test('never lets a record overtake another of its partition', () => {
    const waiting = [record(90), record(50), record(5), record(5)];
    let left: readonly Sized[] = waiting;
    const sent: Sized[] = [];
    while (left.length > 0) {
      const { now, later } = planSend(left, limits);
      sent.push(...now);
      left = later;
    }
    expect(sent).toEqual(waiting);
  });

  test('sends a record above the budget alone', () => {
    const waiting = [record(500), record(1)];
    expect(planSend(waiting, limits)).toEqual({ now: [waiting[0]], later: [waiting[1]] });
  });

  test('counts topics apart, and records as well as bytes', () => {
    const waiting = [record(1), record(1), record(1), record(1), record(1, 0, 'u')];
    expect(planSend(waiting, limits).later).toEqual([waiting[3]]);
  });

  test('ends a request at its bytes', () => {
    const waiting = Array.from({ length: 30 }, (_, partition) => record(100, partition));
    expect(planSend(waiting, limits).now).toHaveLength(10);
  });
});

describe('bytesOf', () => {
  test('counts key, value and headers in bytes, not characters', () => {
    const empty = bytesOf({ key: null, value: null, headers: {} });
    expect(bytesOf({ key: 'ä', value: Buffer.alloc(10), headers: {} })).toBe(empty + 12);
    expect(bytesOf({ key: null, value: null, headers: { ab: 'cd' } })).toBeGreaterThanOrEqual(empty + 4);
  });
});
