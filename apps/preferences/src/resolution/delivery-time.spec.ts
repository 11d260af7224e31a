// When a person is told: quiet hours, free days, pauses, digests and what is urgent.
import { describe, expect, test } from '@jest/globals';
import {
  choices,
  codes,
  contextOf,
  decisionOf,
  defaults,
  personOf,
  resolveAtNoon,
  typeOf,
} from '../testing/context-fixtures.ts';
import type { Person, TenantContext } from './resolution-context.ts';

const noonQuiet = [{ days: ['thu'] as const, from: '11:00', to: '14:00' }];
const person = (member: Parameters<typeof choices>[0], given: Partial<Person> = {}): Person =>
  personOf('ada', { choices: choices(member), ...given });
const decided = (context: TenantContext, priority?: 'urgent', type = typeOf()) =>
  decisionOf({ member: 'ada' }, context, type, { priority });

describe('quiet hours', () => {
  test('hold a message back until they end, in the zone that the member chose', () => {
    const inParis = person({ quietHours: [{ days: ['thu'], from: '11:00', to: '14:00' }], timeZone: 'Europe/Paris' });
    expect(decided(contextOf([inParis]))).toMatchObject({
      verdict: 'send',
      mode: {
        kind: 'later',
        notBefore: '2026-11-26T13:00:00.000Z',
        delayReason: 'quiet_hours',
        timeZone: 'Europe/Paris',
      },
    });
  });

  test('are read in the zone that Slack or the product knows, where the member chose none', () => {
    const known = person({ quietHours: noonQuiet }, { timeZone: 'America/New_York' });
    expect(decided(contextOf([known])).mode).toEqual({ kind: 'now' });
    expect(decided(contextOf([person({ quietHours: noonQuiet })])).mode).toMatchObject({
      notBefore: '2026-11-26T14:00:00.000Z',
      timeZone: 'UTC',
    });
  });

  test("are the organisation's where the member has none, and none where the member chose none", () => {
    const organisation = { defaults: defaults({ quietHours: noonQuiet }) };
    expect(decided(contextOf([person({})], organisation)).mode.kind).toBe('later');
    expect(decided(contextOf([person({ quietHours: [] })], organisation)).mode.kind).toBe('now');
  });

  test("last all day on the organisation's free days", () => {
    const free = { defaults: defaults({ freeDays: ['2026-11-26', '2026-11-27'] }) };
    expect(decided(contextOf([person({})], free)).mode).toMatchObject({ notBefore: '2026-11-28T00:00:00.000Z' });
  });

  test('do not hold back what is urgent, and the decision says so', () => {
    const decision = decided(contextOf([person({ quietHours: noonQuiet })]), 'urgent');
    expect(decision.mode).toEqual({ kind: 'now' });
    expect(codes(decision)).toContain('urgent');
  });
});

describe('a digest', () => {
  const daily = person({ types: { 'report.ready': { cadence: 'daily', at: '08:00' } }, timeZone: 'Europe/Paris' });

  test("is due at the member's local time, and the next one a day later", () => {
    expect(decided(contextOf([daily])).mode).toEqual({
      kind: 'digest',
      key: 'member:ada:daily',
      dueAt: '2026-11-27T07:00:00.000Z',
      nextDueAt: '2026-11-28T07:00:00.000Z',
      timeZone: 'Europe/Paris',
    });
  });

  test('does not hold back what is urgent, nor what the type sends at once only', () => {
    expect(decided(contextOf([daily]), 'urgent').mode).toEqual({ kind: 'now' });
    expect(decided(contextOf([daily]), undefined, typeOf({ cadences: ['immediate'] })).mode).toEqual({ kind: 'now' });
  });

  test('is not sent in quiet hours', () => {
    const nights = person({
      categories: { reports: { cadence: 'daily', at: '06:00' } },
      quietHours: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '07:00' }],
    });
    expect(decided(contextOf([nights])).mode).toMatchObject({ kind: 'digest', dueAt: '2026-11-27T07:00:00.000Z' });
  });
});

describe('a pause', () => {
  const until = (iso: string) => person({ pausedUntil: Date.parse(iso) });

  test('suppresses what may be muted until it ends', () => {
    const decision = decided(contextOf([until('2026-11-26T12:00:01Z')]));
    expect([decision.verdict, codes(decision).at(-1)]).toEqual(['suppress', 'paused']);
    expect(decided(contextOf([until('2026-11-26T12:00:00Z')])).verdict).toBe('send');
  });

  test('does not suppress what must be told', () => {
    const decision = decided(contextOf([until('2027-01-01T00:00:00Z')]), undefined, typeOf({ mutable: false }));
    expect(decision.verdict).toBe('send');
  });

  test('leaves a member out of a group', () => {
    const people = [until('2026-11-27T00:00:00Z'), personOf('bob')];
    const [decision] = resolveAtNoon({ to: [{ members: ['ada', 'bob'] }] }, typeOf(), contextOf(people)).decisions;
    expect(decision!.destinations).toMatchObject([{ surface: 'dm', channel: 'U-bob' }]);
    expect(codes(decision)).toContain('paused');
  });
});

test('a notification that has expired is suppressed for everybody', () => {
  const { decisions } = resolveAtNoon(
    { to: [{ member: 'ada' }, { channel: 'C1' }], expiresAt: '2026-11-26T12:00:00Z' },
    typeOf(),
    contextOf([person({})]),
  );
  expect(decisions.map((one) => [one.verdict, one.destinations, codes(one).at(-1)])).toEqual([
    ['suppress', [], 'expired'],
    ['suppress', [], 'expired'],
  ]);
});

test('who did it is not told of it where the type says so, by whichever name the data has', () => {
  const context = contextOf([person({}), personOf('bob')]);
  const to = [{ member: 'ada' }, { member: 'bob' }];
  for (const actor of ['ada', 'ada@acme.test']) {
    const { decisions } = resolveAtNoon({ to, data: { actor } }, typeOf({ excludeActor: true }), context);
    expect(decisions.map(({ verdict }) => verdict)).toEqual(['suppress', 'send']);
    expect(codes(decisions[0]).at(-1)).toBe('actor_excluded');
  }
  expect(resolveAtNoon({ to, data: { actor: 'ada' } }, typeOf(), context).decisions[0]!.verdict).toBe('send');
});

test('the fallback to e-mail is what the member, the organisation or the type says', () => {
  const unlinked = (member: Parameters<typeof choices>[0]) => person(member, { links: [] });
  const one = { types: { 'report.ready': { fallback: 'none' as const } } };
  const off = decisionOf({ member: 'ada' }, contextOf([unlinked(one)]), typeOf({ emailFallback: true }));
  expect([off.verdict, codes(off).at(-1)]).toEqual(['suppress', 'fallback_off']);
  const on = { types: { 'report.ready': { fallback: 'email' as const } } };
  const sent = decisionOf({ member: 'ada' }, contextOf([unlinked(on)]), typeOf());
  expect(sent.destinations).toMatchObject([{ kind: 'email', address: 'ada@acme.test' }]);
});

test('a member who is linked in several installations is told in the one that was picked', () => {
  const links = ['one', 'two'].map((id) => ({
    installationId: id,
    status: 'matched' as const,
    slackUserId: `U-${id}`,
  }));
  const installations = ['one', 'two'].map((id) => ({
    installationId: id,
    state: 'active' as const,
    teamId: `T-${id}`,
  }));
  const told = (member: Parameters<typeof choices>[0], states = ['active', 'active']) =>
    decisionOf(
      { member: 'ada' },
      contextOf([person(member, { links })], {
        installations: installations.map((one, i) => ({ ...one, state: states[i] as 'active' })),
      }),
    ).destinations[0];
  expect(told({})).toMatchObject({ installationId: 'one' });
  expect(told({ installationId: 'two' })).toMatchObject({ installationId: 'two' });
  // A lost one waits; an active one does not.
  expect(told({ installationId: 'two' }, ['active', 'lost'])).toMatchObject({ installationId: 'one' });
});
