// Records of a newer release, as this one reads them: a record of ours is changed as a later release could change it.
import { describe, expect, test } from '@jest/globals';
import { notificationIdOf } from './ids.ts';
import { installationStateAsRead } from './installation.ts';
import { resolvedNotificationAsRead } from './resolved-as-read.ts';
import { resolvedNotification, type ResolvedNotification } from './resolved.ts';

const record = (): ResolvedNotification => ({
  tenantId: 'acme',
  notification: {
    notificationId: notificationIdOf('acme', '/acme', 'r-1'),
    source: '/acme',
    id: 'r-1',
    type: 'report.ready',
    category: 'reports',
    content: {
      title: 'Report',
      actions: [{ id: 'open', label: 'Open', style: 'primary', url: 'https://acme.test/' }],
      mentions: [{ member: 'ada' }],
    },
    priority: 'urgent',
  },
  policies: { ambiguity: 'drop', mutable: true, retentionDays: 90 },
  decisions: ['ada', 'bob', 'cyd'].map((member) => ({
    recipient: `member:${member}`,
    verdict: 'send',
    destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: 'T1', channel: `U-${member}` }],
    mode: { kind: 'now' },
    reasons: [{ code: 'addressed' }],
  })),
});

type Loose = Record<string, unknown>;
/** A record as a newer release may change it: whatever it likes. */
interface Draft extends Loose {
  notification: Loose & { content: Loose & { actions: Loose[] } };
  policies: Loose;
  decisions: (Loose & { mode: Loose; destinations: Loose[] })[];
}

function changed(change: (value: Draft) => void): unknown {
  const value = structuredClone(record()) as unknown as Draft;
  change(value);
  return value;
}
const read = (value: unknown) => resolvedNotificationAsRead.parse(value);

describe('a resolved record', () => {
  test('of this release is read as it is', () => {
    expect(read(record())).toEqual({ ...record(), unreadable: [] });
  });

  test.each<[string, (value: Draft) => unknown]>([
    ['of the record', (value) => Object.assign(value, { cell: 1 })],
    ['of the notification', (value) => Object.assign(value.notification, { locale: 'fr' })],
    ['of the content', (value) => Object.assign(value.notification.content, { accent: '#f00' })],
    ['of a button', (value) => Object.assign(value.notification.content.actions[0]!, { icon: 'star' })],
    ['of the policies', (value) => Object.assign(value.policies, { digest: 'never' })],
    ['of a decision', (value) => Object.assign(value.decisions[0]!, { score: 0.5 })],
    ['of a destination', (value) => Object.assign(value.decisions[0]!.destinations[0]!, { thread: '1.1' })],
    ['of a mode', (value) => Object.assign(value.decisions[0]!.mode, { reason: 'busy' })],
  ])('with an unknown field %s is read without the field', (_of, change) => {
    expect(read(changed(change))).toEqual({ ...record(), unreadable: [] });
  });

  test('with unknown values that it can do without is read without them, or with the default', () => {
    const value = read(
      changed(({ notification, policies, decisions }) => {
        notification['priority'] = 'critical';
        notification.content.actions[0]!['style'] = 'quiet';
        notification.content['mentions'] = [{ team: 'red' }, { member: 'ada' }, { team: 'blue' }];
        policies['ambiguity'] = 'ask';
        decisions[0]!.mode = { kind: 'later', notBefore: '2026-01-01T00:00:00Z', delayReason: 'holiday' };
        decisions[1]!['fallback'] = { kind: 'pager', number: '1' };
      }),
    );
    expect(value.unreadable).toEqual([]);
    expect(value.notification.priority).toBe('normal');
    expect(value.notification.content.actions).toEqual([{ id: 'open', label: 'Open', url: 'https://acme.test/' }]);
    expect(value.notification.content.mentions).toEqual([{ member: 'ada' }]);
    expect(value.policies.ambiguity).toBe('resend');
    expect(value.decisions[0]!.mode).toEqual({ kind: 'later', notBefore: '2026-01-01T00:00:00Z' });
    expect(value.decisions[1]).toEqual(record().decisions[1]);
  });

  test('with a roll-up is read as it is, and in a form that this release does not know without it', () => {
    const rollUp = { startedAt: '2026-11-26T12:00:00Z', endsAt: '2026-11-26T12:10:00Z', more: 3 };
    const value = read(
      changed(({ decisions }) => {
        decisions[0]!['rollUp'] = rollUp;
        decisions[1]!['rollUp'] = { ...rollUp, more: 'many' };
      }),
    );
    expect(value.unreadable).toEqual([]);
    expect(value.decisions.map((decision) => decision.rollUp)).toEqual([rollUp, undefined, undefined]);
  });

  test('keeps the code of a reason that it does not know', () => {
    const reasons = [{ code: 'addressed' }, { code: 'on_holiday', detail: 'until Monday' }];
    const value = read(changed(({ decisions }) => (decisions[0]!['reasons'] = reasons)));
    expect(value.decisions[0]!.reasons).toEqual(reasons);
  });

  test.each<[string, (decision: Draft['decisions'][number]) => unknown, string]>([
    ['verdict', (decision) => (decision['verdict'] = 'ask'), 'verdict'],
    ['mode', (decision) => (decision['mode'] = { kind: 'when_online' }), 'mode.kind'],
    ['destination', (decision) => (decision.destinations = [{ kind: 'sms', number: '1' }]), 'destinations.0: kind'],
    ['surface', (decision) => Object.assign(decision.destinations[0]!, { surface: 'canvas' }), 'surface'],
  ])('with an unknown %s for one recipient is read for the others, and names this one', (_what, change, field) => {
    const value = read(changed(({ decisions }) => change(decisions[1]!)));
    expect(value.decisions.map(({ recipient }) => recipient)).toEqual(['member:ada', 'member:cyd']);
    expect(value.unreadable).toEqual([{ recipient: 'member:bob', problem: expect.stringContaining(field) }]);
  });

  test('with one known and one unknown destination is carried out by the known one, and says so', () => {
    const value = read(changed(({ decisions }) => decisions[0]!.destinations.push({ kind: 'sms', number: '1' })));
    expect(value.decisions[0]!.destinations).toEqual(record().decisions[0]!.destinations);
    expect(value.decisions[0]!.reasons.map(({ code }) => code)).toEqual(['addressed', 'unreadable_decision']);
    expect(value.unreadable?.map(({ recipient }) => recipient)).toEqual(['member:ada']);
  });

  describe('with variants of its content', () => {
    const variants = { de: { title: 'Bericht', body: 'Fertig' }, 'workflow:w1': { body: 'For the team' } };
    const withVariants = (change: (value: Draft) => void = () => undefined) =>
      changed((value) => {
        value.notification['variants'] = structuredClone(variants);
        value.decisions[0]!['variant'] = 'de';
        change(value);
      });
    const namedIn = (value: unknown) => read(value).decisions.map(({ variant }) => variant);

    test('of this release is read as it is', () => {
      const written = withVariants();
      expect(resolvedNotification.parse(written)).toEqual(written);
      expect(read(written)).toEqual({ ...(written as object), unreadable: [] });
    });

    test.each<[string, (value: Draft) => unknown]>([
      ['that the record lacks', (value) => (value.decisions[0]!['variant'] = 'fr')],
      ['with the name of what every object has', (value) => (value.decisions[0]!['variant'] = 'constructor')],
      ['of an unknown form', (value) => (value.decisions[0]!['variant'] = { locale: 'de' })],
      ['that cannot be read', (value) => (value.notification['variants'] = { de: { title: { text: 'Bericht' } } })],
      ['where the variants have another form', (value) => (value.notification['variants'] = ['de'])],
      ['without a record of variants', (value) => delete value.notification['variants']],
    ])('tells the content as it is to whoever is to get a variant %s', (_what, change) => {
      const value = withVariants((draft) => void change(draft));
      expect(namedIn(value)).toEqual([undefined, undefined, undefined]);
      expect(read(value)).toMatchObject({ notification: { content: record().notification.content }, unreadable: [] });
    });

    test('reads of a variant what it knows, beside one that it cannot read', () => {
      const { notification, decisions } = read(
        withVariants(({ notification: draft, decisions: [, bob] }) => {
          draft['variants'] = { de: { ...variants.de, files: [], accent: '#f00' }, fr: 1, more: { title: 'More' } };
          bob!['variant'] = 'fr';
        }),
      );
      expect(notification.variants).toEqual({ de: variants.de, more: { title: 'More' } });
      expect(decisions.map(({ variant }) => variant)).toEqual(['de', undefined, undefined]);
    });

    test.each<[string, unknown, string]>([
      ['more than 50', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`v${n}`, {}])), 'at most 50'],
      ['files', { de: { files: [] } }, 'files'],
      ['an empty name', { '': {} }, 'variants'],
    ])('is not written with %s', (_what, value, said) => {
      const written = withVariants(({ notification: draft }) => (draft['variants'] = value));
      expect(JSON.stringify(resolvedNotification.safeParse(written).error?.issues)).toContain(said);
    });
  });

  test.each<[string, (value: Draft) => unknown]>([
    ['tenant', (value) => delete value['tenantId']],
    ['content', (value) => Reflect.deleteProperty(value.notification, 'content')],
    ['recipient of a decision', (value) => delete value.decisions[0]!['recipient']],
  ])('without a %s is no record', (_what, change) => {
    expect(resolvedNotificationAsRead.safeParse(changed(change)).success).toBe(false);
  });
});

test('an installation in a state that this release does not know holds its deliveries', () => {
  const state = {
    ...{ installationId: 'i-1', tenantId: 'acme', name: 'Acme', profile: 'direct', state: 'suspended' },
    ...{ isEnterpriseInstall: false, appId: 'A1', botUserId: 'U1', scopes: [], version: 1 },
    installedAt: '2026-01-01T00:00:00Z',
  };
  expect(installationStateAsRead.parse(state).state).toBe('lost');
});
