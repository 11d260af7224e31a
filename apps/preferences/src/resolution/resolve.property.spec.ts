// What holds for every request about every tenant, not only for the ones somebody thought of.
import { expect, test } from '@jest/globals';
import {
  decision as decisionSchema,
  recipientsPerRecord,
  resolvedNotification,
  type ResolvedNotification,
} from '@carillon/domain';
import { partitionOf, type Outgoing } from '@carillon/messaging';
import fc from 'fast-check';
import { audience, context, memberIds, mentions, type } from '../testing/arbitrary-context.ts';
import { typeOf, resolveAtNoon as resolve } from '../testing/context-fixtures.ts';
import { addResolvedRecords } from './resolved-records.ts';

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
