// What is not sent at once: digests, quiet hours, and what expires while its lane is paused.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { killAt, noKill } from '../checkpoints/kill-at.ts';
import { decide, idOf, pauseLane, publish, published, resumeLane, seen, stage, team, toChannel } from './context.ts';
import { until } from '../until.ts';

describe('waiting', () => {
  const due = (inMs: number): string => new Date(Date.now() + inMs).toISOString();
  /** Longer than a busy machine needs to show that something waits. */
  const laterMs = 9_000;

  test('items of a digest are one message at its due time, each with an outcome that names it', async () => {
    const series = { kind: 'digest', key: `ada ${randomUUID()}`, dueAt: due(laterMs), timeZone: 'Europe/Paris' };
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await decide(series, `Item ${n} of ${series.key}`));
    await until('the items to wait', async () =>
      JSON.stringify(await stage.timeline(idOf(ids[2]!))).includes('the digest due at'),
    );
    await stage.ended(ids.map(idOf));
    const shown = (await stage.slack.messages({ team, user: 'U0ONE' })).filter((message) =>
      JSON.stringify(message).includes(series.key),
    );
    expect(shown).toHaveLength(1);
    for (const n of [1, 2, 3]) expect(JSON.stringify(shown[0])).toContain(`Item ${n} of`);
    const outcomes = ids.map((id) => stage.outcomes.of(idOf(id)));
    expect(outcomes.map((of) => of.map(({ outcome }) => outcome))).toEqual([
      ['delivered'],
      ['delivered'],
      ['delivered'],
    ]);
    expect(new Set(outcomes.map(([first]) => first!.digestId)).size).toBe(1);
  });

  test('a digest whose process dies between its text and its message is posted once, with the text it had, as the history shows', async () => {
    const delivery = stage.playground.service('delivery');
    await delivery.restart({ env: killAt('digest.frozen') });
    const died = delivery.ended();
    const series = { kind: 'digest', key: `crash ${randomUUID()}`, dueAt: due(laterMs) };
    const ids = [await decide(series, `Item 1 of ${series.key}`), await decide(series, `Item 2 of ${series.key}`)];
    expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
    await delivery.restart({ env: noKill });
    await stage.ended(ids.map(idOf));
    const shown = (await stage.slack.messages({ team, user: 'U0ONE' })).filter((message) =>
      JSON.stringify(message).includes(series.key),
    );
    expect(shown).toHaveLength(1);
    for (const id of ids)
      expect(stage.outcomes.of(idOf(id))).toEqual([
        expect.objectContaining({ outcome: 'delivered', possibleDuplicate: false }),
      ]);
  });

  test("quiet hours keep a message until they are over, and the timeline says so in the reader's time", async () => {
    const id = await decide(
      { kind: 'later', notBefore: due(laterMs), delayReason: 'quiet_hours', timeZone: 'Europe/Paris' },
      'Good morning',
    );
    await until('it to wait', async () =>
      /quiet hours until .*\d\d:\d\d Europe\/Paris/.test(JSON.stringify(await stage.timeline(idOf(id)))),
    );
    expect(stage.outcomes.of(idOf(id))).toEqual([]);
    await stage.ended([idOf(id)]);
  });

  test('what expires while its lane is paused is never sent', async () => {
    await pauseLane();
    const id = await publish({ ...toChannel(), expiresAt: due(2_000) });
    await until('its outcome', () => stage.outcomes.of(idOf(id)).some(({ outcome }) => outcome === 'expired'));
    await resumeLane();
    await published(toChannel());
    expect(await seen(id)).toEqual([]);
  });
});
