// What holds for every request about every tenant, not only for the ones somebody thought of.
import { expect, test } from '@jest/globals';
import {
  cadences,
  channelKinds,
  decision as decisionSchema,
  installationStates,
  linkStatuses,
  recipientsPerRecord,
  resolvedNotification,
  type AudienceMember,
  type NotificationType,
  type ResolvedNotification,
} from '@carillon/domain';
import { partitionOf, type Outgoing } from '@carillon/messaging';
import fc from 'fast-check';
import { typeOf, resolveAtNoon as resolve } from '../testing/context-fixtures.ts';
import { weekdays } from '../scheduling/quiet-hours.ts';
import type { Person, TenantContext } from './resolution-context.ts';
import { addResolvedRecords } from './resolved-records.ts';

const memberIds = ['ada', 'bob', 'cyd', 'dan'];
const installationIds = ['one', 'two', 'three'];
const member = fc.constantFrom(...memberIds, 'nobody');
const address = fc.constantFrom(...memberIds.map((id) => `${id}@acme.test`), 'guest@else.test');
const mentions = fc.array(fc.oneof(fc.record({ member }), fc.record({ email: address })), { maxLength: 3 });
const channels = fc.uniqueArray(fc.constantFrom(...channelKinds));
const somewhere = fc.option(fc.constantFrom(...installationIds, 'missing'), { nil: undefined });

const choice = fc.record(
  {
    channels,
    cadence: fc.constantFrom(...cadences),
    at: fc.constantFrom('07:30', '23:00'),
    on: fc.constantFrom(...weekdays),
    fallback: fc.constantFrom('email' as const, 'none' as const),
  },
  { requiredKeys: [] },
);
const choices = fc.record({
  types: fc.dictionary(fc.constantFrom('report.ready', 'other'), choice),
  categories: fc.dictionary(fc.constantFrom('reports', 'other'), choice),
});
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const person = (memberId: string): fc.Arbitrary<Person> =>
  fc.record({
    memberId: fc.constant(memberId),
    // Some share an address or a Slack user: one person with two memberships.
    email: fc.constantFrom(`${memberId}@acme.test`, 'shared@acme.test'),
    name: fc.constant(memberId),
    active: fc.boolean(),
    links: fc.array(
      fc.record({
        installationId: fc.constantFrom(...installationIds, 'deleted'),
        status: fc.constantFrom(...linkStatuses),
        slackUserId: fc.constantFrom(`U1${memberId}`, `U2${memberId}`, 'U0SHARED'),
      }),
      { maxLength: 3 },
    ),
    choices: optional(choices.chain((chosen) => fc.boolean().map((slackOff) => ({ ...chosen, slackOff })))),
  });

const context: fc.Arbitrary<TenantContext> = fc
  .record({
    people: fc.tuple(...memberIds.map((id) => optional(person(id)))),
    states: fc.array(fc.constantFrom(...installationStates), { maxLength: 3 }),
    scopes: optional(fc.subarray(['chat:write', 'mpim:write'])),
    defaults: optional(choices),
  })
  .map(({ people, states, scopes, defaults }) => {
    const known = people.filter((p) => p !== undefined);
    return {
      members: new Map(known.map((p) => [p.memberId, p])),
      addresses: new Map(known.map((p) => [p.email, p])),
      installations: states
        .map((state, i) => ({ installationId: installationIds[i]!, teamId: `T${i}`, state, scopes }))
        .sort((a, b) => installationStates.indexOf(a.state) - installationStates.indexOf(b.state)),
      defaults,
    };
  });

const audience = fc.oneof(
  fc.record({ member }),
  fc.record({ email: address }),
  fc.record({ channel: fc.constantFrom('C1', 'C2'), installation: somewhere }),
  fc.record({ members: fc.array(member, { minLength: 1, maxLength: 4 }), installation: somewhere }),
  fc.constant({ workflow: true as const }),
) as fc.Arbitrary<AudienceMember>;

const type: fc.Arbitrary<NotificationType> = fc
  .record({ mutable: fc.boolean(), emailFallback: fc.boolean(), channels })
  .map((given) =>
    typeOf({ ...given, channels: given.mutable || given.channels.length > 0 ? given.channels : ['slack'] }),
  );

fc.configureGlobal({ numRuns: 1_000 });

test('resolving is deterministic, and every decision has the shape the topic declares', () => {
  fc.assert(
    fc.property(fc.array(audience), type, context, mentions, (to, t, k, m) => {
      const first = resolve({ to, mentions: m }, t, k);
      expect(resolve({ to, mentions: m }, t, k)).toEqual(first);
      for (const decision of first.decisions) expect(decisionSchema.safeParse(decision).success).toBe(true);
    }),
  );
});

test('everybody who is named has exactly one decision, in whatever order they are named', () => {
  fc.assert(
    fc.property(fc.array(audience), type, context, (to, t, k) => {
      const recipients = resolve({ to }, t, k).decisions.map((decision) => decision.recipient);
      expect(new Set(recipients).size).toBe(recipients.length);
      const reversed = resolve({ to: [...to].reverse() }, t, k).decisions.map((decision) => decision.recipient);
      expect([...reversed].sort()).toEqual([...recipients].sort());
    }),
  );
});

test('one person is told once: no account, conversation or address twice, and no two decisions under one identity', () => {
  fc.assert(
    fc.property(fc.array(audience), type, context, (to, t, k) => {
      const { decisions } = resolve({ to }, t, k);
      const notified = decisions.flatMap(({ destinations }) =>
        destinations.map((d) =>
          d.kind === 'email'
            ? d.address.toLowerCase()
            : `${d.teamId} ${d.channel ?? [...d.users!].sort().join()} ${d.surface === 'channel' ? d.installationId : ''}`,
        ),
      );
      expect(new Set(notified).size).toBe(notified.length);
      const identities = decisions.flatMap(({ recipient, aliases = [] }) => [recipient, ...aliases]);
      expect(new Set(identities).size).toBe(identities.length);
      const sent = new Set(decisions.filter(({ verdict }) => verdict === 'send').map(({ recipient }) => recipient));
      for (const { verdict, reasons } of decisions) {
        const same = reasons.find(({ code }) => code === 'same_person');
        if (same) expect([verdict, sent.has(same.detail!)]).toEqual(['suppress', true]);
      }
    }),
  );
});

test('who is told has a destination, at most one of a kind, never under a disconnected installation; who is not told has none and a reason', () => {
  fc.assert(
    fc.property(fc.array(audience), type, context, (to, t, k) => {
      const usable = new Set(k.installations.filter((i) => i.state !== 'disconnected').map((i) => i.installationId));
      for (const { verdict, destinations, fallback, reasons } of resolve({ to }, t, k).decisions) {
        expect(destinations.length > 0).toBe(verdict === 'send');
        expect(new Set(destinations.map((d) => d.kind)).size).toBe(destinations.length);
        for (const d of destinations) {
          if (d.kind !== 'slack') continue;
          expect(usable.has(d.installationId)).toBe(true);
          const scopes = k.installations.find((i) => i.installationId === d.installationId)?.scopes;
          if (d.surface === 'group_dm' && scopes) expect(scopes).toContain('mpim:write');
        }
        if (verdict === 'suppress') expect(reasons.length).toBeGreaterThan(1);
        if (fallback) expect(destinations.map((d) => d.kind)).toEqual(['slack']);
      }
    }),
  );
});

test('a type that cannot be muted is never silenced by a choice', () => {
  fc.assert(
    fc.property(fc.constantFrom(...memberIds), type, context, (id, t, k) => {
      const [decision] = resolve(
        { to: [{ member: id }] },
        { ...t, mutable: false, channels: ['slack', 'email'] },
        k,
      ).decisions;
      const notified = k.members.get(id);
      const codes = decision!.reasons.map((reason) => reason.code);
      expect(codes).not.toContain('muted');
      if (notified?.active && notified.links.length === 0 && decision!.verdict === 'suppress')
        expect(codes).not.toContain('slack_off');
    }),
  );
});

test('records hold every decision once, at the partition of its recipient, and are the same each time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 96 }), (count, partitions) => {
      const to = Array.from({ length: count }, (_, i) => ({ email: `p${i}@else.test` }));
      const { decisions } = resolve({ to }, typeOf(), { members: new Map(), addresses: new Map(), installations: [] });
      const request = { tenantId: 'acme', type: 'report.ready', title: 'Report ready' };
      const notificationId = '5f0c7c3e-9f0b-5a4e-8a52-0d3c1a2b3c4d';
      const make = (): Outgoing<ResolvedNotification>[] => {
        const records: Outgoing<ResolvedNotification>[] = [];
        addResolvedRecords(
          records,
          { notificationId, requestHash: 'h', source: '/s', id: '1', request },
          typeOf(),
          { decisions, reasons: [] },
          { time: '2026-01-01T00:00:00Z', traceparent: '00-1-1-00' },
          partitions,
        );
        return records;
      };
      const records = make();
      expect(make()).toEqual(records);
      expect(records.length).toBeGreaterThan(0);
      expect(new Set(records.map((record) => record.id)).size).toBe(records.length);
      const seen: string[] = [];
      for (const { partition, data } of records) {
        expect(resolvedNotification.safeParse(JSON.parse(JSON.stringify(data))).success).toBe(true);
        expect(data.decisions.length).toBeLessThanOrEqual(recipientsPerRecord);
        for (const { recipient } of data.decisions) expect(partitionOf(recipient, partitions)).toBe(partition);
        seen.push(...data.decisions.map((decision) => decision.recipient));
      }
      expect(seen.sort()).toEqual(decisions.map((decision) => decision.recipient).sort());
      if (count === 0)
        expect(records).toMatchObject([
          { partition: partitionOf(notificationId, partitions), data: { decisions: [] } },
        ]);
    }),
    { numRuns: 30 },
  );
});
