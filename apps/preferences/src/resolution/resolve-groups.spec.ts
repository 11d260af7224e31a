// What people are promised about who hears a notification: channels, groups, and one person under several names.
import { describe, expect, test } from '@jest/globals';
import type { AudienceMember } from '@carillon/domain';
import {
  choices,
  codes,
  contextOf,
  decisionOf,
  installation,
  kinds,
  linkedTo,
  personOf,
  typeOf,
  resolveAtNoon as resolve,
} from '../testing/context-fixtures.ts';

const ada = personOf('ada');

describe('a channel', () => {
  test('is told under the first active installation, or under the one that is named', () => {
    const context = contextOf([], { installations: [installation('main'), installation('second')] });
    expect(decisionOf({ channel: 'C1' }, context)).toMatchObject({
      recipient: 'channel:T-main:C1',
      destinations: [{ kind: 'slack', surface: 'channel', installationId: 'main', teamId: 'T-main', channel: 'C1' }],
    });
    expect(decisionOf({ channel: 'C1', installation: 'second' }, context).recipient).toBe('channel:T-second:C1');
  });

  test('under an installation that does not exist is suppressed and names it', () => {
    expect(decisionOf({ channel: 'C1', installation: 'nope' }, contextOf([])).reasons).toEqual([
      { code: 'addressed' },
      { code: 'unknown_installation', detail: 'nope' },
    ]);
  });

  test('needs a connected installation', () => {
    expect(codes(decisionOf({ channel: 'C1' }, contextOf([], { installations: [] })))).toContain('not_connected');
    const gone = [installation('main', { state: 'disconnected' })];
    expect(decisionOf({ channel: 'C1' }, contextOf([], { installations: gone })).verdict).toBe('suppress');
  });
});

describe('a group', () => {
  const bob = personOf('bob');

  test('meets in one conversation, the same whatever the order of its members', () => {
    const decision = decisionOf({ members: ['bob', 'ada', 'bob'] }, contextOf([ada, bob]));
    expect(decision).toMatchObject({
      recipient: 'group:ada,bob',
      destinations: [{ surface: 'group_dm', installationId: 'main', users: ['U-ada', 'U-bob'] }],
    });
    expect(decision).toEqual(decisionOf({ members: ['ada', 'bob'] }, contextOf([bob, ada])));
  });

  test('leaves out whom Slack cannot reach or who wants no Slack, and names them', () => {
    const cyd = personOf('cyd', { choices: choices({ slackOff: true }) });
    const dan = personOf('dan', { links: [] });
    const decision = decisionOf({ members: ['ada', 'bob', 'cyd', 'dan', 'eve'] }, contextOf([ada, bob, cyd, dan]));
    expect(decision.destinations).toMatchObject([{ users: ['U-ada', 'U-bob'] }]);
    expect(decision.reasons.slice(3)).toEqual([
      { code: 'slack_off', detail: 'cyd' },
      { code: 'not_linked', detail: 'dan' },
      { code: 'unknown_member', detail: 'eve' },
    ]);
  });

  test('of which one is left is a direct message, of which none is left is suppressed', () => {
    expect(decisionOf({ members: ['ada', 'zoe'] }, contextOf([ada])).destinations).toMatchObject([
      { surface: 'dm', channel: 'U-ada' },
    ]);
    expect(decisionOf({ members: ['yan', 'zoe'] }, contextOf([ada]))).toMatchObject({
      recipient: 'group:yan,zoe',
      verdict: 'suppress',
    });
  });

  test('of several cannot meet where the scope for it was not granted, and says so; one person alone needs no scope', () => {
    const direct = { installations: [installation('main', { scopes: ['chat:write', 'im:write'] })] };
    const decision = decisionOf({ members: ['ada', 'bob'] }, contextOf([ada, bob], direct));
    expect(decision).toMatchObject({ recipient: 'group:ada,bob', verdict: 'suppress', destinations: [] });
    expect(decision.reasons.at(-1)).toEqual({ code: 'scope_missing', detail: 'mpim:write' });
    expect(decisionOf({ members: ['ada', 'zoe'] }, contextOf([ada], direct)).destinations).toMatchObject([
      { surface: 'dm', channel: 'U-ada' },
    ]);
    expect(decisionOf({ channel: 'C1' }, contextOf([], direct)).verdict).toBe('send');
  });

  test('meets where it may, although more of them are where it may not', () => {
    const second = ['ada', 'bob'].map((id) =>
      personOf(id, {
        links: [linkedTo('main', { slackUserId: `U-${id}` }), linkedTo('second', { slackUserId: `U2-${id}` })],
      }),
    );
    const installations = [
      installation('main', { scopes: [] }),
      installation('second', { scopes: ['chat:write', 'mpim:write'] }),
    ];
    const decision = decisionOf(
      { members: ['ada', 'bob', 'cyd'] },
      contextOf([...second, personOf('cyd')], { installations }),
    );
    expect(decision.destinations).toMatchObject([
      { surface: 'group_dm', installationId: 'second', users: ['U2-ada', 'U2-bob'] },
    ]);
  });

  test('never meets under a disconnected installation', () => {
    const context = contextOf([ada, bob], {
      installations: [installation('other'), installation('main', { state: 'disconnected' })],
    });
    expect(decisionOf({ members: ['ada', 'bob'] }, context).verdict).toBe('suppress');
  });

  test('meets where the most of them are', () => {
    const both = ['ada', 'bob'].map((id) => personOf(id, { links: [linkedTo('second', { slackUserId: `U2-${id}` })] }));
    const cyd = personOf('cyd');
    const context = contextOf([...both, cyd], { installations: [installation('main'), installation('second')] });
    expect(decisionOf({ members: ['ada', 'bob', 'cyd'] }, context).destinations).toMatchObject([
      { installationId: 'second' },
    ]);
  });
});

describe('a request', () => {
  test('that names somebody twice, in whatever way, decides once', () => {
    const { decisions } = resolve(
      { to: [{ member: 'ada' }, { email: 'ada@acme.test' }, { member: 'ada' }] },
      typeOf(),
      contextOf([ada]),
    );
    expect(decisions.map((decision) => decision.recipient)).toEqual(['member:ada']);
  });

  test('that names an unlinked member by id and by address tells them by e-mail, in either order', () => {
    const context = contextOf([personOf('bob', { links: [] })]);
    const byId: AudienceMember = { member: 'bob' };
    const byAddress: AudienceMember = { email: 'bob@acme.test' };
    const either = resolve({ to: [byId, byAddress] }, typeOf(), context);
    expect(either).toEqual(resolve({ to: [byAddress, byId] }, typeOf(), context));
    expect(kinds(either.decisions[0])).toEqual(['email']);
  });

  test('that names nobody, or leaves it to workflows, says that nobody hears it', () => {
    expect(resolve({}, typeOf(), contextOf([ada]))).toEqual({
      decisions: [],
      reasons: [{ code: 'no_workflow' }, { code: 'nobody' }],
    });
    expect(resolve({ to: [{ workflow: true }] }, typeOf(), contextOf([ada]))).toEqual({
      decisions: [],
      reasons: [{ code: 'no_workflow' }, { code: 'nobody' }],
    });
  });

  test('that leaves it to workflows and names somebody tells that somebody', () => {
    const { decisions, reasons } = resolve({ to: [{ workflow: true }, { member: 'ada' }] }, typeOf(), contextOf([ada]));
    expect(decisions).toHaveLength(1);
    expect(reasons).toEqual([{ code: 'no_workflow' }]);
  });
});

describe('one person under several names', () => {
  const second = personOf('ada.l', { links: [linkedTo('main', { slackUserId: 'U-ada' })] });

  test('two members with one Slack user: the first named is told, the second says who', () => {
    const { decisions } = resolve({ to: [{ member: 'ada' }, { member: 'ada.l' }] }, typeOf(), contextOf([ada, second]));
    expect(decisions).toMatchObject([
      {
        recipient: 'member:ada',
        verdict: 'send',
        aliases: ['email:ada@acme.test', 'slack:T-main:U-ada', 'email:ada.l@acme.test'],
      },
      { recipient: 'member:ada.l', verdict: 'suppress' },
    ]);
    expect(decisions[1]!.reasons.at(-1)).toEqual({ code: 'same_person', detail: 'member:ada' });
    expect(decisions[1]!.aliases).toBeUndefined();
  });

  test('two members with one address are one person, also where one hears by Slack and the other by e-mail', () => {
    const unlinked = personOf('ada.l', { links: [], email: 'Ada@acme.test' });
    const { decisions } = resolve(
      { to: [{ member: 'ada' }, { member: 'ada.l' }] },
      typeOf({ emailFallback: true }),
      contextOf([ada, unlinked]),
    );
    expect(decisions.map(({ verdict }) => verdict)).toEqual(['send', 'suppress']);
  });

  test('who turned the type off does not silence the membership that did not', () => {
    const muted = personOf('ada', { choices: choices({ types: { 'report.ready': [] } }) });
    const { decisions } = resolve(
      { to: [{ member: 'ada' }, { member: 'ada.l' }] },
      typeOf(),
      contextOf([muted, second]),
    );
    expect(decisions.map(({ recipient, verdict }) => [recipient, verdict])).toEqual([
      ['member:ada', 'suppress'],
      ['member:ada.l', 'send'],
    ]);
    expect(codes(decisions[0])).not.toContain('same_person');
    expect(decisions[0]!.aliases).toBeUndefined();
  });

  test('a group in which one person is left is a direct message, and told once', () => {
    const { decisions } = resolve(
      { to: [{ member: 'ada' }, { members: ['ada.l', 'zoe'] }] },
      typeOf(),
      contextOf([ada, second]),
    );
    expect(decisions.map(({ verdict }) => verdict)).toEqual(['send', 'suppress']);
  });

  test('a group and a channel are heard beside a direct message', () => {
    const bob = personOf('bob');
    const to: AudienceMember[] = [{ member: 'ada' }, { members: ['ada', 'bob'] }, { channel: 'C1' }];
    expect(resolve({ to }, typeOf(), contextOf([ada, bob])).decisions.map(({ verdict }) => verdict)).toEqual([
      'send',
      'send',
      'send',
    ]);
  });
});
