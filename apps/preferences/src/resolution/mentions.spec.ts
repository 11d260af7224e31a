// Whom a content mentions, and how each workspace knows them.
import { describe, expect, test } from '@jest/globals';
import { isStorable, type NotificationRequest, type ResolvedMention } from '@carillon/domain';
import fc from 'fast-check';
import {
  installation,
  contextOf,
  linkedTo,
  personOf,
  resolveAtNoon as resolve,
  typeOf,
} from '../testing/context-fixtures.ts';
import { LookupKeys } from './context-loader.ts';
import { mentionedIn, type Mentioning } from './mentions.ts';
import type { Addressed } from './resolve.ts';
import { addResolvedRecords } from './resolved-records.ts';

const ada = personOf('ada', {
  name: 'Ada Lovelace',
  links: [linkedTo('main', { slackUserId: 'U-ada' }), linkedTo('second', { slackUserId: 'U2-ada' })],
});
const bob = personOf('bob', { name: 'Bob' });
const two = { installations: [installation('main'), installation('second')] };

const mentionsFor = (request: Addressed, people = [ada, bob]): (ResolvedMention[] | undefined)[] =>
  resolve(request, typeOf({ emailFallback: true }), contextOf(people, two)).decisions.flatMap(({ destinations }) =>
    destinations.map((destination) => ('mentions' in destination ? destination.mentions : undefined)),
  );
const inChannel = (content: Mentioning): ResolvedMention[] | undefined =>
  mentionsFor({ to: [{ channel: 'C1' }], ...content })[0];

describe('somebody who is mentioned', () => {
  test('is known to each workspace by the link it has, or by name', () => {
    const mentions = [{ member: 'ada' }, { member: 'bob' }];
    const to = [
      { channel: 'C1', installation: 'main' },
      { channel: 'C1', installation: 'second' },
      { email: 'guest@else.test' },
    ];
    expect(mentionsFor({ to, mentions })).toEqual([
      [
        { ref: 'member:ada', name: 'Ada Lovelace', slackUserId: 'U-ada' },
        { ref: 'member:bob', name: 'Bob', slackUserId: 'U-bob' },
      ],
      [
        { ref: 'member:ada', name: 'Ada Lovelace', slackUserId: 'U2-ada' },
        { ref: 'member:bob', name: 'Bob' },
      ],
      undefined,
    ]);
  });

  test('is found in the body, however written, and once', () => {
    const body =
      'by [Ada](member:ada), [Ada L.](<member:ada>), [B](email:BOB@acme.test) and [Zoe \\*](member:zo\\_e(1)) ![x](y) [n](member: )';
    expect(inChannel({ body, mentions: [{ member: 'ada' }] })).toEqual([
      { ref: 'member:ada', name: 'Ada Lovelace', slackUserId: 'U-ada' },
      { ref: 'email:bob@acme.test', name: 'Bob', slackUserId: 'U-bob' },
      { ref: 'member:zo_e(1)', name: 'Zoe *' },
    ]);
  });

  test('and whom nobody knows is named as the body does, else by what is known', () => {
    expect(
      inChannel({
        body: '[Zoe](member:zoe)',
        mentions: [{ member: 'zoe' }, { member: 'yan' }, { email: 'Guest@else.test' }],
      }),
    ).toEqual([
      { ref: 'member:zoe', name: 'Zoe' },
      { ref: 'member:yan', name: 'yan' },
      { ref: 'email:guest@else.test', name: 'guest@else.test' },
    ]);
  });

  test.each([
    ['is inactive', { active: false }],
    ['turned all of Slack off', { choices: { slackOff: true, types: {}, categories: {} } }],
    ['has no link that holds', { links: [linkedTo('main', { status: 'deactivated' as const })] }],
  ])('and %s is named, not called', (_why, given) => {
    const request = { to: [{ channel: 'C1' }], mentions: [{ member: 'ada' }] };
    expect(mentionsFor(request, [personOf('ada', given)])).toEqual([[{ ref: 'member:ada', name: 'ada' }]]);
  });

  test('is asked about together with the audience', () => {
    const questions = new LookupKeys();
    questions.add({
      tenantId: 'acme',
      to: [{ member: 'cyd' }],
      mentions: [{ email: 'Bob@acme.test' }],
      body: '[Ada](member:ada)',
    });
    expect(questions.tenants.get('acme')).toEqual({
      members: new Set(['cyd', 'ada']),
      addresses: new Set(['bob@acme.test']),
      channels: new Set(),
    });
  });
});

test('content that mentions nobody says nothing about it', () => {
  expect(mentionsFor({ to: [{ member: 'ada' }], body: 'our member: ada, [x](https://a.test)', mentions: [] })).toEqual([
    undefined,
  ]);
  expect(mentionedIn({ body: 'x'.repeat(40_000) })).toBe(mentionedIn({}));
});

test('mentions travel with the content; the more there are, the fewer recipients share a record', () => {
  const mentions = Array.from({ length: 50 }, (_, i) => ({ member: `mentioned-${i}` }));
  const request: NotificationRequest = { tenantId: 'acme', type: 'report.ready', title: 't', mentions };
  const people = Array.from({ length: 1000 }, (_, i) => personOf(`p${i}`));
  const resolution = resolve(
    { ...request, to: people.map(({ memberId }) => ({ member: memberId })) },
    typeOf(),
    contextOf(people),
  );
  const records: Parameters<typeof addResolvedRecords>[0] = [];
  addResolvedRecords(
    records,
    { notificationId: 'n', requestHash: 'h', source: '/s', id: '1', request },
    typeOf(),
    resolution,
    { time: '', traceparent: '' },
    12,
  );
  expect(records.flatMap(({ data }) => data.decisions)).toHaveLength(1000);
  for (const { data } of records) {
    expect(data.notification.content.mentions).toEqual(mentions);
    expect(JSON.stringify(data).length).toBeLessThan(500_000);
  }
});

test('whatever a body holds, what is found in it is a few references that a database can hold', () => {
  const fragment = fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '](member:',
    '[a](member:',
    '[a](email:',
    '\\',
    '<',
    '>',
    'a',
    ' ',
    '[Ada](member:ada)',
    '\\[',
    '\n',
    '&amp;',
    '🎉',
    '🎉'.repeat(150),
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), fc.nat(3000), (fragments, times) => {
      const found = mentionedIn({ body: `${fragments.join('').repeat(times).slice(0, 40_000)}member:` });
      expect(found.length).toBeLessThanOrEqual(100);
      for (const { ref, label = '' } of found) {
        expect(isStorable(ref + label)).toBe(true);
        expect(ref).toMatch(/^(?:member|email):./su);
      }
    }),
    { numRuns: 200 },
  );
});
