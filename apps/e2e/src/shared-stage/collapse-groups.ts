// One message for many versions: a collapse group shows its newest version, and a thread key makes one thread.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { idOf, messages, publish, published, seen, stage, team, toChannel } from './context.ts';

describe('a collapse group', () => {
  test('a newer version changes the message that stands, an older one that comes late does not', async () => {
    const group = { ...toChannel(), collapseKey: randomUUID() };
    await published({ ...group, title: 'Build running', sequence: 1 });
    const second = await published({ ...group, title: 'Build green', sequence: 3 });
    const late = await published({ ...group, title: 'Build compiling', sequence: 2 });
    expect(await seen('Build green')).toEqual([expect.objectContaining({ edited: expect.anything() as unknown })]);
    expect(await seen('Build running')).toEqual([]);
    expect(await seen('Build compiling')).toEqual([]);
    expect(stage.outcomes.of(idOf(second))).toEqual([expect.objectContaining({ outcome: 'delivered' })]);
    expect(stage.outcomes.of(idOf(late))).toEqual([
      expect.objectContaining({ outcome: 'cancelled', reason: 'superseded' }),
    ]);
    const decided = await Promise.all([second, late].map(async (id) => (await stage.timeline(idOf(id)))?.decisions));
    expect(decided).toMatchObject([
      [{ summary: 'delivered (the message was changed)', deliveries: [{ attempts: [{ result: 'updated' }] }] }],
      [{ summary: 'cancelled (superseded)', deliveries: [{ attempts: [] }] }],
    ]);
  });

  test('of many that come while the first still waits, only the newest is posted', async () => {
    const collapseKey = randomUUID();
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'rate_limit', value: 2, count: 1 });
    await publish({ ...toChannel(), title: 'takes the refusal' });
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        publish({
          ...toChannel(),
          collapseKey,
          orderingKey: collapseKey,
          sequence: n,
          title: `${collapseKey} version ${n}`,
        }),
      ),
    );
    await stage.ended(ids.map(idOf));
    const shown = await seen(collapseKey);
    expect(shown).toHaveLength(1);
    expect(JSON.stringify(shown[0])).toContain('version 4');
  });

  test('messages with one thread key form one thread', async () => {
    const thread = { ...toChannel(), threadKey: randomUUID() };
    const ids = [];
    for (const step of ['opened', 'investigated', 'closed'])
      ids.push(await published({ ...thread, title: `Incident ${step}` }));
    const [parent, ...replies] = (await messages()).filter((message) =>
      /Incident (opened|investigated|closed)/.test(JSON.stringify(message)),
    );
    expect(replies.map((reply) => (reply as { thread_ts?: string }).thread_ts)).toEqual([parent!.ts, parent!.ts]);
  });
});
