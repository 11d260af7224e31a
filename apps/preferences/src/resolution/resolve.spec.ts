// What people are promised about who hears a notification, row by row of the rules.
import { describe, expect, test } from '@jest/globals';
import type { AudienceMember, ChannelKind, Decision, NotificationType } from '@carillon/domain';
import { installation, contextOf, linkedTo, personOf, typeOf } from '../testing/context-fixtures.ts';
import type { ChannelChoices, MemberChoices, TenantContext } from './resolution-context.ts';
import { resolve } from './resolve.ts';

const ada = personOf('ada');
const choices = (given: Partial<MemberChoices>): MemberChoices => ({
  slackOff: false,
  types: {},
  categories: {},
  ...given,
});
const defaults = (given: Partial<ChannelChoices>): ChannelChoices => ({ types: {}, categories: {}, ...given });
const codes = (decision: Decision | undefined): string[] => (decision?.reasons ?? []).map((reason) => reason.code);
const kinds = (decision: Decision | undefined): string[] =>
  (decision?.destinations ?? []).map((destination) => destination.kind);

function one(to: AudienceMember, context: TenantContext, type: NotificationType = typeOf()): Decision {
  const { decisions } = resolve({ to: [to] }, type, context);
  expect(decisions).toHaveLength(1);
  return decisions[0]!;
}

describe('a member', () => {
  test('who is linked is told in Slack, addressed by the Slack user, known by the member id', () => {
    expect(one({ member: 'ada' }, contextOf([ada]))).toEqual({
      recipient: 'member:ada',
      aliases: ['email:ada@acme.test', 'slack:T-main:U-ada'],
      verdict: 'send',
      destinations: [{ kind: 'slack', surface: 'dm', installationId: 'main', teamId: 'T-main', channel: 'U-ada' }],
      mode: { kind: 'now' },
      reasons: [{ code: 'addressed' }, { code: 'default_channels' }, { code: 'linked', detail: 'main' }],
    });
  });

  test('who is in an org-wide installation is told in the workspace that the link names', () => {
    const org = installation('org', { teamId: undefined, enterpriseId: 'E1' });
    const inOrg = personOf('ada', { links: [linkedTo('org', { teamId: 'T9' })] });
    expect(one({ member: 'ada' }, contextOf([inOrg], { installations: [org] })).destinations).toMatchObject([
      { teamId: 'T9' },
    ]);
  });

  test('whom nobody knows is suppressed and says so', () => {
    const decision = one({ member: 'zoe' }, contextOf([ada]));
    expect(decision).toMatchObject({ recipient: 'member:zoe', verdict: 'suppress', destinations: [] });
    expect(codes(decision)).toEqual(['addressed', 'unknown_member']);
  });

  test('who is inactive is suppressed and says so', () => {
    expect(codes(one({ member: 'ada' }, contextOf([personOf('ada', { active: false })])))).toEqual([
      'addressed',
      'member_inactive',
    ]);
  });

  test.each([
    ['unmatched', 'not_linked'],
    ['removed', 'link_removed'],
    ['ambiguous', 'link_ambiguous'],
    ['deactivated', 'link_deactivated'],
  ] as const)('whose link is %s is suppressed as %s', (status, code) => {
    const decision = one(
      { member: 'ada' },
      contextOf([personOf('ada', { links: [{ installationId: 'main', status, slackUserId: 'U1' }] })]),
    );
    expect(decision.verdict).toBe('suppress');
    expect(codes(decision).at(-1)).toBe(code);
  });

  test('who is not linked is told by e-mail when the type falls back to it', () => {
    const decision = one(
      { member: 'bob' },
      contextOf([personOf('bob', { links: [] })]),
      typeOf({ emailFallback: true }),
    );
    expect(decision.destinations).toEqual([{ kind: 'email', address: 'bob@acme.test', name: 'bob' }]);
    expect(codes(decision)).toEqual(['addressed', 'default_channels', 'not_linked', 'email_fallback']);
  });

  test('no fallback is offered to who unsubscribed, unless the type must be told', () => {
    const unsubscribed = contextOf([{ ...ada, unsubscribed: new Set(['report.ready']) }]);
    const decision = one({ member: 'ada' }, unsubscribed, typeOf({ emailFallback: true }));
    expect(decision).toMatchObject({ verdict: 'send', destinations: [{ kind: 'slack' }] });
    expect(decision).not.toHaveProperty('fallback');
    expect(one({ member: 'ada' }, unsubscribed, typeOf({ emailFallback: true, mutable: false }))).toHaveProperty(
      'fallback',
    );
  });

  test('who is linked takes the e-mail address along as a fallback when the type allows', () => {
    const decision = one({ member: 'ada' }, contextOf([ada]), typeOf({ emailFallback: true }));
    expect(kinds(decision)).toEqual(['slack']);
    expect(decision.fallback).toEqual({ kind: 'email', address: 'ada@acme.test', name: 'ada' });
  });

  test('who chose both gets both and needs no fallback', () => {
    const both = personOf('ada', { choices: choices({ types: { 'report.ready': ['slack', 'email'] } }) });
    const decision = one({ member: 'ada' }, contextOf([both]), typeOf({ emailFallback: true }));
    expect(kinds(decision)).toEqual(['slack', 'email']);
    expect(decision.fallback).toBeUndefined();
  });
});

describe('choices', () => {
  const with_ = (member: Partial<MemberChoices> | undefined, organisation?: Partial<ChannelChoices>): TenantContext =>
    contextOf([personOf('ada', { choices: member && choices(member) })], {
      defaults: organisation && defaults(organisation),
    });
  const email: ChannelKind[] = ['email'];

  test.each<[string, Partial<MemberChoices> | undefined, Partial<ChannelChoices> | undefined, string[], string]>([
    ["the type's default counts when nobody chose", undefined, undefined, ['slack'], 'default_channels'],
    [
      "the organisation's choice for the type beats its choice for the category",
      undefined,
      { types: { 'report.ready': email }, categories: { reports: [] } },
      email,
      'organisation_default',
    ],
    [
      "the organisation's choice for the category beats the type's default",
      undefined,
      { categories: { reports: email } },
      email,
      'organisation_default',
    ],
    [
      "the member's choice for the category beats the organisation's for the type",
      { categories: { reports: ['slack'] } },
      { types: { 'report.ready': email } },
      ['slack'],
      'member_preference',
    ],
    [
      "the member's choice for the type beats the member's for the category",
      { types: { 'report.ready': email }, categories: { reports: [] } },
      undefined,
      email,
      'member_preference',
    ],
  ])('%s', (_promise, member, organisation, channels, code) => {
    const decision = one({ member: 'ada' }, with_(member, organisation));
    expect(kinds(decision)).toEqual(channels);
    expect(codes(decision)[1]).toBe(code);
  });

  test('a type that the member turned off is suppressed as muted', () => {
    const decision = one({ member: 'ada' }, with_({ types: { 'report.ready': [] } }));
    expect(decision.verdict).toBe('suppress');
    expect(codes(decision)).toEqual(['addressed', 'member_preference', 'muted']);
  });

  test('a type that the organisation turned off is heard by a member who turned it on', () => {
    expect(
      kinds(one({ member: 'ada' }, with_({ types: { 'report.ready': ['slack'] } }, { types: { 'report.ready': [] } }))),
    ).toEqual(['slack']);
  });

  test('a type that cannot be muted is told although the member turned it off', () => {
    const decision = one({ member: 'ada' }, with_({ types: { 'report.ready': [] } }), typeOf({ mutable: false }));
    expect(kinds(decision)).toEqual(['slack']);
    expect(codes(decision)).toContain('type_cannot_be_muted');
  });

  test('Slack off leaves e-mail, and nothing where only Slack was chosen', () => {
    const off = { slackOff: true };
    expect(kinds(one({ member: 'ada' }, with_({ ...off, types: { 'report.ready': ['slack', 'email'] } })))).toEqual([
      'email',
    ]);
    expect(codes(one({ member: 'ada' }, with_(off)))).toEqual(['addressed', 'default_channels', 'slack_off']);
    expect(one({ member: 'ada' }, with_(off), typeOf({ emailFallback: true })).verdict).toBe('suppress');
  });

  test('Slack off does not silence a type that cannot be muted', () => {
    expect(kinds(one({ member: 'ada' }, with_({ slackOff: true }), typeOf({ mutable: false })))).toEqual(['slack']);
  });

  test('a type may be called like a property that every object has', () => {
    expect(kinds(one({ member: 'ada' }, with_({}), typeOf({ name: 'constructor', category: 'toString' })))).toEqual([
      'slack',
    ]);
  });
});

describe('installations', () => {
  const twice = personOf('ada', { links: [linkedTo('second'), linkedTo('main')] });

  test('several links give one message, under the first active installation', () => {
    const context = contextOf([twice], { installations: [installation('main'), installation('second')] });
    expect(one({ member: 'ada' }, context).destinations).toMatchObject([{ installationId: 'main' }]);
  });

  test('a lost installation is decided for and held, if no active one links the member', () => {
    const decision = one(
      { member: 'ada' },
      contextOf([ada], { installations: [installation('main', { state: 'lost' })] }),
    );
    expect(decision).toMatchObject({ verdict: 'send', destinations: [{ installationId: 'main' }] });
    expect(codes(decision)).toContain('installation_lost');
  });

  test('a disconnected installation suppresses', () => {
    const decision = one(
      { member: 'ada' },
      contextOf([ada], { installations: [installation('main', { state: 'disconnected' })] }),
    );
    expect(decision.verdict).toBe('suppress');
    expect(codes(decision).at(-1)).toBe('installation_disconnected');
  });

  test('a member linked under a disconnected installation only is told why, although another is active', () => {
    const context = contextOf([ada], {
      installations: [installation('other'), installation('main', { state: 'disconnected' })],
    });
    expect(one({ member: 'ada' }, context).reasons.at(-1)).toEqual({
      code: 'installation_disconnected',
      detail: 'main',
    });
  });

  test('a tenant without Slack is told so', () => {
    expect(codes(one({ member: 'ada' }, contextOf([ada], { installations: [] }))).at(-1)).toBe('not_connected');
  });
});

describe('an address', () => {
  test('of a linked member is that member, however it is written', () => {
    const decision = one({ email: ' ADA@acme.test ' }, contextOf([ada]));
    expect(decision).toMatchObject({ recipient: 'member:ada', destinations: [{ kind: 'slack', channel: 'U-ada' }] });
    expect(codes(decision)).toContain('linked_by_email');
  });

  test('of a member who is not linked is told by e-mail, and stays the member', () => {
    const decision = one({ email: 'bob@acme.test' }, contextOf([personOf('bob', { links: [] })]));
    expect(decision).toMatchObject({
      recipient: 'member:bob',
      destinations: [{ kind: 'email', address: 'bob@acme.test' }],
    });
    expect(codes(decision)).toEqual(['addressed', 'default_channels', 'not_linked', 'email_fallback']);
  });

  test('of a member who turned the type off is not told', () => {
    const muted = personOf('bob', { links: [], choices: choices({ types: { 'report.ready': [] } }) });
    expect(one({ email: 'bob@acme.test' }, contextOf([muted])).verdict).toBe('suppress');
  });

  test('of nobody we know is told by e-mail', () => {
    const decision = one({ email: 'Guest@else.test' }, contextOf([ada]));
    expect(decision).toMatchObject({
      recipient: 'email:guest@else.test',
      destinations: [{ kind: 'email', address: 'guest@else.test' }],
    });
    expect(codes(decision)).toEqual(['addressed', 'default_channels', 'email_only']);
  });

  test('of nobody we know is not told what the organisation turned off', () => {
    expect(
      one({ email: 'guest@else.test' }, contextOf([], { defaults: defaults({ types: { 'report.ready': [] } }) }))
        .verdict,
    ).toBe('suppress');
  });
});

describe('a channel', () => {
  test('is told under the first active installation, or under the one that is named', () => {
    const context = contextOf([], { installations: [installation('main'), installation('second')] });
    expect(one({ channel: 'C1' }, context)).toMatchObject({
      recipient: 'channel:T-main:C1',
      destinations: [{ kind: 'slack', surface: 'channel', installationId: 'main', teamId: 'T-main', channel: 'C1' }],
    });
    expect(one({ channel: 'C1', installation: 'second' }, context).recipient).toBe('channel:T-second:C1');
  });

  test('under an installation that does not exist is suppressed and names it', () => {
    expect(one({ channel: 'C1', installation: 'nope' }, contextOf([])).reasons).toEqual([
      { code: 'addressed' },
      { code: 'unknown_installation', detail: 'nope' },
    ]);
  });

  test('needs a connected installation', () => {
    expect(codes(one({ channel: 'C1' }, contextOf([], { installations: [] })))).toContain('not_connected');
    const gone = [installation('main', { state: 'disconnected' })];
    expect(one({ channel: 'C1' }, contextOf([], { installations: gone })).verdict).toBe('suppress');
  });
});

describe('a group', () => {
  const bob = personOf('bob');

  test('meets in one conversation, the same whatever the order of its members', () => {
    const decision = one({ members: ['bob', 'ada', 'bob'] }, contextOf([ada, bob]));
    expect(decision).toMatchObject({
      recipient: 'group:ada,bob',
      destinations: [{ surface: 'group_dm', installationId: 'main', users: ['U-ada', 'U-bob'] }],
    });
    expect(decision).toEqual(one({ members: ['ada', 'bob'] }, contextOf([bob, ada])));
  });

  test('leaves out whom Slack cannot reach or who wants no Slack, and names them', () => {
    const cyd = personOf('cyd', { choices: choices({ slackOff: true }) });
    const dan = personOf('dan', { links: [] });
    const decision = one({ members: ['ada', 'bob', 'cyd', 'dan', 'eve'] }, contextOf([ada, bob, cyd, dan]));
    expect(decision.destinations).toMatchObject([{ users: ['U-ada', 'U-bob'] }]);
    expect(decision.reasons.slice(3)).toEqual([
      { code: 'slack_off', detail: 'cyd' },
      { code: 'not_linked', detail: 'dan' },
      { code: 'unknown_member', detail: 'eve' },
    ]);
  });

  test('of which one is left is a direct message, of which none is left is suppressed', () => {
    expect(one({ members: ['ada', 'zoe'] }, contextOf([ada])).destinations).toMatchObject([
      { surface: 'dm', channel: 'U-ada' },
    ]);
    expect(one({ members: ['yan', 'zoe'] }, contextOf([ada]))).toMatchObject({
      recipient: 'group:yan,zoe',
      verdict: 'suppress',
    });
  });

  test('of several cannot meet where the scope for it was not granted, and says so; one person alone needs no scope', () => {
    const direct = { installations: [installation('main', { scopes: ['chat:write', 'im:write'] })] };
    const decision = one({ members: ['ada', 'bob'] }, contextOf([ada, bob], direct));
    expect(decision).toMatchObject({ recipient: 'group:ada,bob', verdict: 'suppress', destinations: [] });
    expect(decision.reasons.at(-1)).toEqual({ code: 'scope_missing', detail: 'mpim:write' });
    expect(one({ members: ['ada', 'zoe'] }, contextOf([ada], direct)).destinations).toMatchObject([
      { surface: 'dm', channel: 'U-ada' },
    ]);
    expect(one({ channel: 'C1' }, contextOf([], direct)).verdict).toBe('send');
  });

  test('meets where it may, although more of them are where it may not', () => {
    const second = ['ada', 'bob'].map((id) =>
      personOf(id, {
        links: [linkedTo('main', { slackUserId: `U-${id}` }), linkedTo('second', { slackUserId: `U2-${id}` })],
      }),
    );
    const installations = [installation('main', { scopes: [] }), installation('second', { scopes: ['mpim:write'] })];
    const decision = one(
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
    expect(one({ members: ['ada', 'bob'] }, context).verdict).toBe('suppress');
  });

  test('meets where the most of them are', () => {
    const both = ['ada', 'bob'].map((id) => personOf(id, { links: [linkedTo('second', { slackUserId: `U2-${id}` })] }));
    const cyd = personOf('cyd');
    const context = contextOf([...both, cyd], { installations: [installation('main'), installation('second')] });
    expect(one({ members: ['ada', 'bob', 'cyd'] }, context).destinations).toMatchObject([{ installationId: 'second' }]);
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
      reasons: [{ code: 'no_workflow' }],
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
