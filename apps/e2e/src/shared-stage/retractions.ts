// A notification that is taken back, before and after it was posted.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { idOf, publish, published, retract, retractionsHandled, seen, stage, toChannel } from './context.ts';
import { until } from '../until.ts';

describe('a retraction', () => {
  test('deletes what was posted, with an outcome', async () => {
    const id = await published({ ...toChannel() });
    await retract(id);
    await until('the message to be gone', async () => (await seen(id)).every(({ deleted }) => deleted));
    await until('the outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome, reason }) => outcome === 'cancelled' && reason === 'retracted'),
    );
  });

  test('that comes before its request keeps it from being posted', async () => {
    const id = randomUUID();
    await retract(id);
    await retractionsHandled();
    await publish(toChannel(), id);
    await stage.ended([idOf(id)]);
    expect(await seen(id)).toEqual([]);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'cancelled', reason: 'retracted' }),
    ]);
  });
});
