// That an explanation is what would have been decided: the route and the consumer, over the same random requests about
// the same random tenants, at the same moment. What lies between them and the decision is real; the broker and the
// database are not there.
import { afterEach, expect, jest, test } from '@jest/globals';
import {
  notificationRequested,
  notificationResolved,
  type Decision,
  type PayloadOf,
  type Topic,
} from '@carillon/domain';
import type { Outgoing, Publisher } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { Tenants, type Identity } from '@carillon/runtime';
import fc from 'fast-check';
import type { BurstWindows } from '../bursts/burst-windows.ts';
import type { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { RequestDigests } from '../digests/request-digests.ts';
import type { AudiencePages } from '../fan-out/audience-pages.ts';
import type { FanOuts } from '../fan-out/fan-outs.ts';
import type { ContextLoader } from '../resolution/context-loader.ts';
import { RequestResolver } from '../resolution/request-resolver.ts';
import type { TenantContext } from '../resolution/resolution-context.ts';
import { ResolvedTopics } from '../resolution/resolved-topics.ts';
import { audience, context, memberIds, mentions, type } from '../testing/arbitrary-context.ts';
import type { RecentEvents } from '../workflows/recent-events.ts';
import { BurstsFake } from '../testing/bursts-fake.ts';
import { runnable } from '../workflows/workflow-rows.ts';
import { ExplainController } from './explain.controller.ts';

const refresh = { lookFor: () => Promise.resolve() } as unknown as CatalogueRefresh;
const fanOuts = { add: () => Promise.resolve() } as unknown as FanOuts;
const pages = {} as unknown as AudiencePages;
const recent = { allows: () => false } as unknown as RecentEvents;
const tenants = new Tenants([{ id: 'acme', name: 'Acme' }]);
const caller: Identity = { tenantId: 'acme', tenantIds: [], memberId: 'olga', roles: ['owner'] };

const workflows = fc.array(
  fc
    .record({
      when: fc.constantFrom(undefined, 'data.n > 1.0', 'data.absent == 1.0'),
      tell: fc.constantFrom({ member: 'ada' }, { email: 'guest@else.test' }, { channel: 'C9' }, { path: 'data.actor' }),
      title: fc.constantFrom(undefined, 'Own words'),
      mention: fc.constantFrom(undefined, 'data.actor'),
    })
    .map(({ when, tell, title, mention }) => ({ name: 'w', type: 'report.ready', when, tell: [tell], title, mention })),
  { maxLength: 3 },
);

afterEach(() => {
  jest.restoreAllMocks();
});

test('an explanation holds what is decided for the same request at the same moment', async () => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-11-26T06:30:00Z'));
  const request = fc.record(
    {
      to: fc.array(audience, { maxLength: 4 }),
      mentions,
      priority: fc.constantFrom('urgent' as const, 'normal' as const),
      expiresAt: fc.constantFrom('2026-11-26T06:00:00Z', '2026-11-27T06:00:00Z'),
      collapseKey: fc.constant('build'),
      data: fc.record({ n: fc.integer({ min: 0, max: 3 }), actor: fc.constantFrom(...memberIds, 'x@else.test') }),
    },
    { requiredKeys: ['data'] },
  );
  await fc.assert(
    fc.asyncProperty(request, type, context, workflows, fc.nat(3), async (given, declared, known, saved, earlier) => {
      const rules = saved.map((definition, n) => runnable(`w${n}`, { ...definition, name: `w${n}` }));
      const tenant: TenantContext = { ...known, workflows: new Map([['report.ready', rules]]) };
      const loader = { load: () => Promise.resolve(new Map([['acme', tenant]])) } as unknown as ContextLoader;
      const catalogue = new Catalogue([declared], tenants);
      const published: Outgoing<PayloadOf<typeof notificationResolved>>[] = [];
      const publisher = {
        partitionsOf: () => Promise.resolve(3),
        publish: (_topic: Topic, events: typeof published) => Promise.resolve(void published.push(...events)),
      } as unknown as Publisher;
      const digests = { refused: () => Promise.resolve(new Set()) } as unknown as RequestDigests;
      const topics = new ResolvedTopics(publisher, tenants);
      const bursts = new BurstsFake(earlier) as unknown as BurstWindows;
      const live = new RequestResolver(
        catalogue,
        loader,
        digests,
        publisher,
        topics,
        tenants,
        refresh,
        fanOuts,
        bursts,
        recent,
      );
      const data = { tenantId: 'acme', type: 'report.ready', title: 'Report', ...given };
      const batch = batchOf(notificationRequested, [{ id: 'r', source: '/acme/reports', data }]);
      await live.resolve(batch);
      const { tenantId: _, ...posted } = data;
      const said = await new ExplainController(catalogue, loader, tenants, pages, bursts, refresh).explain(caller, {
        ...posted,
        source: '/acme/reports',
        id: 'r',
      });
      const decisions = published.flatMap((record) => record.data.decisions);
      const explained = said.recipients.map(({ reasons, ...rest }) => ({
        ...rest,
        reasons: reasons.map(({ sentence: _sentence, advice: _advice, ...reason }) => reason),
      }));
      const inOrder = (list: readonly Partial<Decision>[]): unknown =>
        JSON.parse(JSON.stringify([...list].sort((a, b) => (a.recipient! < b.recipient! ? -1 : 1))));
      expect(inOrder(explained)).toEqual(inOrder(decisions));
      if (decisions.length === 0)
        expect(said.reasons.map(({ code }) => code)).toEqual(published[0]?.data.reasons?.map(({ code }) => code));
    }),
    { numRuns: 500 },
  );
});
