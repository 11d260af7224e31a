// What the handler does with a batch when something in it, or around it, is wrong.
import { beforeEach, expect, test } from '@jest/globals';
import {
  notificationOutcome,
  notificationRequested,
  notificationResolved,
  type NotificationRequest,
} from '@carillon/domain';
import { requestHashOf } from '@carillon/domain/ids';
import { RecordTooLarge, type KafkaRecord, type Outgoing, type Publisher, type Rejection } from '@carillon/messaging';
import { batchOf, PublisherFake } from '@carillon/messaging/testing';
import { Tenants } from '@carillon/runtime';
import type { BurstWindows } from '../bursts/burst-windows.ts';
import type { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { QuotaGate } from '../quota/quota-gate.ts';
import type { FanOuts } from '../fan-out/fan-outs.ts';
import { SpareCapacity } from '../quota/spare-capacity.ts';
import type { RecentEvents } from '../workflows/recent-events.ts';
import { BurstsFake } from '../testing/bursts-fake.ts';
import { contextOf, personOf, typeOf } from '../testing/context-fixtures.ts';
import type { Claim, RequestDigests } from '../digests/request-digests.ts';
import type { ContextLoader, LookupKeys } from './context-loader.ts';
import { RequestResolver } from './request-resolver.ts';
import { ResolvedTopics } from './resolved-topics.ts';
import { ResolveRequested } from './resolve-requested.ts';

/** Refuses, as Kafka does, what holds the word. */
class NarrowPublisher extends PublisherFake {
  /** With it, also what was sent along. */
  refusesAll = false;

  override async publishRecords(records: Parameters<PublisherFake['publishRecords']>[0]): Promise<void> {
    const fitting = records.filter((record) => !String(record.value).includes('enormous'));
    if (fitting.length === records.length || !this.refusesAll) await super.publishRecords(fitting);
    if (records.some((record) => String(record.value).includes('enormous'))) {
      throw new RecordTooLarge(notificationResolved.name, 2_000_000, 1_000_000);
    }
  }
}

let publisher: NarrowPublisher;
let handler: ResolveRequested;
let asked: LookupKeys[];
/** Places of a batch whose id stands for another content. */
let reused: Set<number>;
let claims: Claim[];
let released: string[];

beforeEach(() => {
  publisher = new NarrowPublisher();
  asked = [];
  reused = new Set();
  released = [];
  const digests = {
    refused: (given: Claim[]) => {
      claims = given;
      return Promise.resolve(reused);
    },
    release: ({ requestHash }: Claim) => {
      released.push(requestHash);
      return Promise.resolve();
    },
  };
  const context = {
    load: (keys: LookupKeys) => {
      asked.push(keys);
      return Promise.resolve(new Map([['acme', contextOf([personOf('ada')])]]));
    },
  };
  const gate = {
    filter: (records: readonly KafkaRecord[]) => Promise.resolve({ records }),
    sharesOf: () => undefined,
  };
  const tenants = new Tenants([{ id: 'acme', name: 'Acme' }]);
  handler = new ResolveRequested(
    new RequestResolver(
      new Catalogue([typeOf(), typeOf({ name: 'score.new', schema: { type: 'decimal' } })], tenants),
      context as unknown as ContextLoader,
      digests as unknown as RequestDigests,
      publisher as unknown as Publisher,
      new ResolvedTopics(publisher as unknown as Publisher, tenants),
      tenants,
      { lookFor: () => Promise.resolve() } as unknown as CatalogueRefresh,
      { add: () => Promise.resolve() } as unknown as FanOuts,
      new BurstsFake() as unknown as BurstWindows,
      { allows: () => false } as unknown as RecentEvents,
    ),
    gate as unknown as QuotaGate,
    new SpareCapacity(1_000),
  );
});

const ask = (id: string, given: Partial<NotificationRequest> = {}): Outgoing<NotificationRequest> => ({
  id,
  source: '/acme/reports',
  data: { tenantId: 'acme', type: 'report.ready', title: id, to: [{ member: 'ada' }], ...given },
});
const resolvedIds = (): string[] => publisher.dataOf(notificationResolved).map((data) => data.notification.id);

test('a batch asks once for what it needs to know and publishes once', async () => {
  const batch = batchOf(notificationRequested, [ask('1'), ask('2'), ask('3')]);
  await handler.handle(batch);
  expect(asked).toHaveLength(1);
  expect(resolvedIds()).toEqual(['1', '2', '3']);
  expect(batch.rejected).toEqual([]);
});

test('a type that does not compile in this release refuses its own requests only', async () => {
  const batch = batchOf(notificationRequested, [ask('1', { type: 'score.new' }), ask('2'), ask('3')]);
  await handler.handle(batch);
  expect(resolvedIds()).toEqual(['2', '3']);
  expect(batch.rejected.map(({ code, detail }) => [code, detail])).toEqual([
    ['unusable_type', expect.stringMatching(/^type: the type score\.new does not compile.*schema\.type/)],
  ]);
});

test("a producer's trace goes on, one that nobody could read is replaced", async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await handler.handle(
    batchOf(notificationRequested, [
      { ...ask('1'), traceparent, tracestate: 'a=b' },
      { ...ask('2'), traceparent: 'rubbish' },
    ]),
  );
  expect(publisher.records[0]?.headers).toMatchObject({ traceparent, tracestate: 'a=b' });
  expect(publisher.records[1]?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-/);
});

test('a resolution that does not fit into a record is refused alone', async () => {
  const batch = batchOf(notificationRequested, [ask('1'), ask('2', { title: 'enormous' }), ask('3')]);
  await handler.handle(batch);
  expect(batch.rejected.map(({ record, code }) => [record.id, code])).toEqual([['2', 'too_large']]);
  expect(new Set(resolvedIds())).toEqual(new Set(['1', '3']));
  expect(released).toEqual([requestHashOf(batch.records[1]!.data)]);
});

test('a resolution that does not fit into a record keeps back no line about a reused id', async () => {
  reused = new Set([1]);
  const batch = batchOf(notificationRequested, [ask('1', { title: 'enormous' }), ask('2'), ask('3')]);
  publisher.refusesAll = true;
  await handler.handle(batch);
  expect(batch.rejected.map(({ record, code }) => [record.id, code])).toEqual([
    ['2', 'id_reused'],
    ['1', 'too_large'],
  ]);
  expect(publisher.dataOf(notificationResolved).map(({ reasons }) => reasons?.map(({ code }) => code))).toEqual([
    ['id_reused'],
    undefined,
  ]);
});

test('a request that is refused for whom its blocks name claims no id', async () => {
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '<@U0STRANGER>' } }];
  const batch = batchOf(notificationRequested, [ask('1'), ask('2', { slack: { blocks } }), ask('3')]);
  await handler.handle(batch);
  expect(batch.rejected.map(({ record, code }) => [record.id, code])).toEqual([['2', 'mention_refused']]);
  expect(claims.map(({ requestHash }) => requestHash)).toEqual(
    [batch.records[0]!, batch.records[2]!].map(({ data }) => requestHashOf(data)),
  );
  expect(resolvedIds()).toEqual(['1', '3']);
});

test('a request that nobody hears says why, and only such a request does', async () => {
  await handler.handle(
    batchOf(notificationRequested, [
      ask('1', { to: [] }),
      ask('2', { to: [{ workflow: true }] }),
      ask('3', { to: [{ member: 'ada' }, { workflow: true }] }),
    ]),
  );
  expect(
    publisher
      .dataOf(notificationResolved)
      .map(({ decisions, reasons }) => [decisions.length, reasons?.map(({ code }) => code)]),
  ).toEqual([
    [0, ['no_workflow', 'nobody']],
    [0, ['no_workflow', 'nobody']],
    [1, undefined],
  ]);
});

test('a broken dependency is thrown, so that the batch is tried again, and refuses nothing', async () => {
  publisher.failure = new Error('the broker is away');
  const batch = batchOf(notificationRequested, [ask('1')]);
  await expect(handler.handle(batch)).rejects.toThrow('the broker is away');
  expect(batch.rejected).toEqual([]);
});

test('a refusal is told as a failed outcome where tenant, source and id can be read, the same each time', async () => {
  const refused = (given: Partial<Rejection>): Rejection => ({
    ...{ topic: notificationRequested.name, partition: 0, offset: '0', code: 'unknown_type', detail: '', key: null },
    ...{ id: '1', source: '/acme/reports', data: { tenantId: 'acme' }, raw: { key: null, value: null, headers: {} } },
    ...given,
  });
  const rejections = [
    refused({}),
    refused({ data: 'no object' }),
    refused({ data: { tenantId: 'a b' } }),
    refused({ id: 'x'.repeat(2_000_000) }),
    refused({ id: '1\n2' }),
    refused({ data: { tenantId: 'a:b' } }),
  ];
  await handler.rejected(rejections);
  await handler.rejected(rejections);
  const outcomes = publisher.dataOf(notificationOutcome);
  expect(outcomes).toHaveLength(2);
  expect(outcomes[0]).toMatchObject({
    tenantId: 'acme',
    outcome: 'failed',
    reason: 'unknown_type',
    notification: { id: '1' },
  });
  expect(new Set(publisher.records.map((record) => record.headers['ce_id'])).size).toBe(1);
});

test('an id that came with other content is refused whole: only a line for the timeline of the first leaves, and no outcome', async () => {
  reused = new Set([1]);
  const batch = batchOf(notificationRequested, [
    ask('1'),
    ask('1', { title: 'For somebody else', body: 'private' }),
    ask('2'),
  ]);
  await handler.handle(batch);
  expect(claims.map(({ requestHash }) => requestHash)).toEqual(batch.records.map(({ data }) => requestHashOf(data)));
  expect(batch.rejected).toMatchObject([
    { code: 'id_reused', detail: expect.stringContaining('/acme/reports 1 came before') },
  ]);
  const [first, second, line] = publisher.dataOf(notificationResolved);
  expect([first!.notification, second!.notification]).toMatchObject([
    { id: '1', requestHash: claims[0]!.requestHash },
    { id: '2' },
  ]);
  expect(line).toMatchObject({
    notification: { notificationId: first!.notification.notificationId, requestHash: claims[1]!.requestHash },
    decisions: [],
    reasons: [{ code: 'id_reused', detail: expect.stringMatching(/requested\.v1\/0\/1$/) }],
  });
  expect(JSON.stringify(line)).not.toMatch(/somebody else|private/);
  expect(notificationResolved.schema.safeParse(line).success).toBe(true);
  await handler.rejected(batch.rejected.map(({ record, code, detail }) => ({ ...record, code, detail })));
  expect(publisher.dataOf(notificationOutcome)).toEqual([]);
});
