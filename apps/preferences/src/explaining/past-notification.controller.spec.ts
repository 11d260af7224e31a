// That a past notification is decided again as deciding does, also where its timeline holds what this release does not
// know. Delivery and the database are not there.
import { expect, test } from '@jest/globals';
import { Tenants } from '@carillon/runtime';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { ContextLoader } from '../resolution/context-loader.ts';
import { contextOf, personOf, typeOf } from '../testing/context-fixtures.ts';
import { PastNotificationController } from './past-notification.controller.ts';
import type { PastTimeline, PastTimelines } from './past-timeline.ts';

const notificationId = '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10';
const decidedAt = '2026-11-26T09:00:00.100Z';
const past = (over: Partial<PastTimeline>): PastTimeline => ({
  ...{ notificationId, tenantId: 'acme', source: '/acme/reports', id: 'r', type: 'report.ready', title: 'Report' },
  ...{ priority: 'normal', receivedAt: '2026-11-26T09:00:00.000Z', reasons: [] },
  decisions: [
    {
      recipient: 'member:ada',
      ...{ verdict: 'suppress', summary: 'suppressed', mode: { kind: 'now' }, decidedAt },
      reasons: [{ code: 'not_linked', sentence: 'Not linked.' }],
      deliveries: [],
    },
  ],
  ...over,
});

async function explain(timeline: PastTimeline) {
  const tenants = new Tenants([{ id: 'acme', name: 'Acme' }]);
  const loader = { load: () => Promise.resolve(new Map([['acme', contextOf([personOf('ada')])]])) };
  const timelines = { of: () => Promise.resolve(timeline) } as unknown as PastTimelines;
  const catalogue = new Catalogue([typeOf()], tenants);
  const controller = new PastNotificationController(timelines, catalogue, loader as unknown as ContextLoader, tenants);
  return controller.explain(notificationId, { headers: {} });
}

test.each(['normal', 'of-a-later-release'])(
  'with the priority %s, what would be decided now is shown',
  async (priority) => {
    const { recipients } = await explain(past({ priority }));
    expect(recipients).toMatchObject([
      { recipient: 'member:ada', then: { verdict: 'suppress', decidedAt }, now: { verdict: 'send' }, changed: true },
    ]);
  },
);

test('of a type that is not known any more, only what was decided is shown', async () => {
  const { recipients } = await explain(past({ type: 'no.longer' }));
  expect(recipients).toMatchObject([{ now: null, changed: false, then: { reasons: [{ code: 'not_linked' }] } }]);
});
