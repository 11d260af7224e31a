// What operators and admins may do about lanes and deliveries.
import { describe, expect, test } from '@jest/globals';
import { deliveryIdOf } from '@carillon/domain/ids';
import {
  admin,
  delivery,
  idOf,
  operator,
  pauseLane,
  publish,
  published,
  resumeLane,
  seen,
  stage,
  team,
  toChannel,
} from './context.ts';
import { until } from '../until.ts';

describe('operators', () => {
  interface Lane {
    paused?: object;
    depth: { ready: number };
  }

  test('pause a lane, see what waits and why, and resume it', async () => {
    expect((await pauseLane<Lane>('maintenance')).body.paused).toMatchObject({ by: 'ops', reason: 'maintenance' });
    const id = await publish(toChannel());
    await until(
      'it to wait',
      async () => (await delivery<Lane>('GET', `lanes/${team}`, { as: operator })).body.depth.ready > 0,
    );
    expect(JSON.stringify(await stage.timeline(idOf(id)))).toContain('paused it (maintenance)');
    await resumeLane();
    await stage.ended([idOf(id)]);
    expect((await delivery('GET', 'lanes', { as: admin })).status).toBe(403);
  });

  test('cancel what waits', async () => {
    await pauseLane();
    const id = await publish(toChannel());
    const path = `deliveries/${deliveryIdOf(idOf(id), `channel:${team}:C0IN`, 'slack')}`;
    await until('it to wait', async () => (await delivery('GET', path)).status === 200);
    expect((await delivery<{ state: string }>('POST', `${path}/cancel`)).body.state).toBe('cancelled');
    await resumeLane();
    await published(toChannel());
    expect(await seen(id)).toEqual([]);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'cancelled', possiblyDelivered: false }),
    ]);
  });

  test('replay everything that failed in a time, by a filter', async () => {
    const since = new Date().toISOString();
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'error', value: 'is_archived', count: 3 });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(await published({ ...toChannel(), type: 'account.updated' }));
    const replayed = await delivery('POST', 'deliveries/replay', {
      body: { filter: { outcome: 'failed', type: 'account.updated', since } },
    });
    expect([replayed.status, replayed.body]).toEqual([202, { replayed: 3, refused: 0 }]);
    await until('all to be delivered', () =>
      ids.every((id) =>
        stage.outcomes.of(idOf(id)).some(({ outcome, replay }) => outcome === 'delivered' && replay === 1),
      ),
    );
    expect((await delivery('POST', 'deliveries/replay', { body: { filter: { outcome: 'suppressed' } } })).status).toBe(
      400,
    );
  });

  test('replay what failed, and are refused what was delivered unless they force it', async () => {
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'error', value: 'is_archived', count: 1 });
    const id = await published(toChannel());
    const deliveryId = deliveryIdOf(idOf(id), `channel:${team}:C0IN`, 'slack');
    const listed = await delivery<{ items: { deliveryId: string }[] }>(
      'GET',
      'deliveries?outcome=failed&type=report.ready',
    );
    expect(listed.body.items.map((item) => item.deliveryId)).toContain(deliveryId);
    expect((await delivery('POST', `deliveries/${deliveryId}/replay`)).status).toBe(202);
    await until('the replay', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome, replay }) => outcome === 'delivered' && replay === 1),
    );
    expect((await delivery('POST', `deliveries/${deliveryId}/replay`)).status).toBe(409);
    expect((await delivery('POST', `deliveries/${deliveryId}/cancel`)).status).toBe(409);
    expect((await delivery('POST', `deliveries/${deliveryId}/replay`, { body: { force: true } })).status).toBe(202);
    await until('the second copy', async () => (await seen(id)).length === 2);
    expect(
      (await delivery('GET', `deliveries/${deliveryId}`, { as: { tenant: 'globex', sub: 'x', roles: ['admin'] } }))
        .status,
    ).toBe(404);
  });
});
