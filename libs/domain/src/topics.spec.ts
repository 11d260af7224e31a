// The words in which a topic describes its key are evaluated on a sample of its payload and compared with what the key
// function returns: once with every field present, then without the first alternative, without the first two, …
import { describe, expect, test } from '@jest/globals';
import { notificationIdOf } from './ids.ts';
import type { Topic } from './topic.ts';
import { topics } from './topics.ts';

const at = '2026-01-01T00:00:00Z';
const notificationId = notificationIdOf('acme', '/acme/reports', 'r-1');
const request = {
  tenantId: 'acme',
  type: 'report.ready',
  title: 'Report ready',
  orderingKey: 'the ordering key',
  collapseKey: 'the collapse key',
  threadKey: 'the thread key',
};
const member = { tenantId: 'acme', memberId: 'ada', email: 'ada@acme.test', name: 'Ada', active: true };
const origin = { teamId: 'T1', enterpriseId: 'E1', receivedAt: at, payload: {} };

/** A payload with every field that its key may be made of. A topic without a sample does not compile. */
const samples = {
  'carillon.notification.requested.v1': request,
  'carillon.notification.retracted.v1': { tenantId: 'acme', source: '/acme/reports', id: 'r-1' },
  'carillon.notification.resolved.v1': {
    tenantId: 'acme',
    notification: {
      ...{ notificationId, source: '/acme/reports', id: 'r-1', type: 'report.ready', category: 'reports' },
      ...{ content: { title: 'Report ready' }, priority: 'normal' },
    },
    policies: { ambiguity: 'resend', mutable: true, retentionDays: 90 },
    decisions: [],
  },
  'carillon.notification.outcome.v1': {
    tenantId: 'acme',
    notification: { source: '/acme/reports', id: 'r-1', notificationId },
    ...{ outcome: 'delivered', attempts: 1, possibleDuplicate: false, possiblyDelivered: false, at },
  },
  'carillon.installation.changed.v1': {
    ...{ installationId: 'i-1', tenantId: 'acme', name: 'Acme', profile: 'direct', state: 'active' },
    ...{ isEnterpriseInstall: false, appId: 'A1', botUserId: 'U1', scopes: [], installedAt: at, version: 1 },
  },
  'carillon.member.changed.v1': member,
  'carillon.destination.changed.v1': {
    ...{
      tenantId: 'acme',
      destinationId: 'd-1',
      name: 'Sales',
      to: [{ channel: 'C1' }, { member: 'ada' }],
      version: 1,
    },
  },
  'carillon.channel.changed.v1': {
    ...{ tenantId: 'acme', installationId: 'i-1', channelId: 'C1', teamId: 'T1', name: 'general', version: 1 },
    ...{ isPrivate: false, isArchived: false, isMember: true },
  },
  'carillon.recipient.changed.v1': { ...member, version: 1, links: [] },
  'carillon.slack.event.v1': { ...origin, eventId: 'Ev1', eventType: 'app_uninstalled' },
  'carillon.slack.interaction.v1': { ...origin, kind: 'block_actions' },
  'carillon.audit.v1': {
    ...{ id: notificationId, tenantId: 'acme', service: 'preferences', actor: { kind: 'member', id: 'ada' } },
    ...{ action: 'defaults.changed', outcome: 'done', subject: 'defaults:acme', at },
  },
} satisfies Record<(typeof topics)[number]['name'], unknown>;

type Payload = Record<string, unknown>;

const eventId = 'the event id';

/** Names that a description may use beside the fields of the payload. */
const derived: Record<string, (payload: Payload) => string> = {
  ce_id: () => eventId,
  notificationId: ({ tenantId, source, id }) => notificationIdOf(tenantId as string, source as string, id as string),
};

const alternativesOf = (words: string): string[] => words.split(', else ');
const fieldsOf = (alternative: string): string[] => /^`(.+)`$/.exec(alternative)?.[1]?.split(':') ?? [];

function valueOf(field: string, payload: Payload): unknown {
  const found = field.split('.').reduce<unknown>((inner, name) => (inner as Payload | undefined)?.[name], payload);
  return found ?? derived[field]?.(payload);
}

/** What the words say the key of this payload is. */
function described(words: string, payload: Payload): string | null {
  for (const alternative of alternativesOf(words)) {
    if (alternative === 'none') return null;
    if (alternative.startsWith('"')) return JSON.parse(alternative) as string;
    const values = fieldsOf(alternative).map((field) => valueOf(field, payload));
    if (values.length === 0) throw new Error(`"${alternative}" is neither fields in backticks, nor "text", nor none`);
    if (values.every((value) => value !== undefined)) return values.map(String).join(':');
  }
  throw new Error(`${words}: nothing is left of ${JSON.stringify(payload)}`);
}

/** The sample, then without the fields of the first alternative, then of the first two, while the schema allows it. */
function reductionsOf(topic: Topic, sample: Payload): Payload[] {
  const reductions = [sample];
  for (const alternative of alternativesOf(topic.key.describe).slice(0, -1)) {
    const rest = { ...reductions.at(-1)! };
    for (const field of fieldsOf(alternative)) delete rest[field];
    reductions.push(rest);
  }
  return reductions;
}

const named: readonly { name: keyof typeof samples; topic: Topic }[] = topics.map((topic) => ({
  name: topic.name,
  topic,
}));

describe('topics', () => {
  test.each(named)('the key of $name is what its description says', ({ topic, name }) => {
    for (const payload of reductionsOf(topic, samples[name])) {
      const data = topic.schema.parse(payload);
      expect({ payload, key: topic.key.of(data, eventId) }).toEqual({
        payload,
        key: described(topic.key.describe, payload),
      });
    }
  });

  test('the words of a key are read as its field, a fallback, a constant or none', () => {
    const words = '`a:b`, else `c`, else "text"';
    expect(described(words, { a: 1, b: 2, c: 3 })).toBe('1:2');
    expect(described(words, { a: 1, c: 3 })).toBe('3');
    expect(described(words, {})).toBe('text');
    expect(described('none', {})).toBeNull();
    expect(() => described('the notification', {})).toThrow(/neither/);
  });

  test('names are unique, and products take part in some of them', () => {
    expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length);
    const written = topics.filter(({ direction }) => direction === 'from_product').map(({ name }) => name);
    expect(written).toEqual([
      'carillon.notification.requested.v1',
      'carillon.notification.retracted.v1',
      'carillon.member.changed.v1',
    ]);
  });
});
