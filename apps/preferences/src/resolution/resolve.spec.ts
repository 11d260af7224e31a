// What people are promised about who hears a notification: members, their choices, installations, addresses.
import { describe, expect, test } from '@jest/globals';
import type { ChannelKind } from '@carillon/domain';
import {
  choices,
  defaults,
  codes,
  contextOf,
  decisionOf,
  installation,
  kinds,
  linkedTo,
  personOf,
  resolveAtNoon,
  typeOf,
} from '../testing/context-fixtures.ts';
import type { TenantContext } from './resolution-context.ts';

const ada = personOf('ada');

describe('a member', () => {
  test('who is linked is told in Slack, addressed by the Slack user, known by the member id', () => {
    expect(decisionOf({ member: 'ada' }, contextOf([ada]))).toEqual({
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
    expect(decisionOf({ member: 'ada' }, contextOf([inOrg], { installations: [org] })).destinations).toMatchObject([
      { teamId: 'T9' },
    ]);
  });

  test('whom nobody knows is suppressed and says so', () => {
    const decision = decisionOf({ member: 'zoe' }, contextOf([ada]));
    expect(decision).toMatchObject({ recipient: 'member:zoe', verdict: 'suppress', destinations: [] });
    expect(codes(decision)).toEqual(['addressed', 'unknown_member']);
  });

  test('who is inactive is suppressed and says so', () => {
    expect(codes(decisionOf({ member: 'ada' }, contextOf([personOf('ada', { active: false })])))).toEqual([
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
    const decision = decisionOf(
      { member: 'ada' },
      contextOf([personOf('ada', { links: [{ installationId: 'main', status, slackUserId: 'U1' }] })]),
    );
    expect(decision.verdict).toBe('suppress');
    expect(codes(decision).at(-1)).toBe(code);
  });

  test('who is not linked is told by e-mail when the type falls back to it', () => {
    const decision = decisionOf(
      { member: 'bob' },
      contextOf([personOf('bob', { links: [] })]),
      typeOf({ emailFallback: true }),
    );
    expect(decision.destinations).toEqual([{ kind: 'email', address: 'bob@acme.test', name: 'bob' }]);
    expect(codes(decision)).toEqual(['addressed', 'default_channels', 'not_linked', 'email_fallback']);
  });

  test('no fallback is offered to who unsubscribed, unless the type must be told', () => {
    const unsubscribed = contextOf([{ ...ada, unsubscribed: new Set(['report.ready']) }]);
    const decision = decisionOf({ member: 'ada' }, unsubscribed, typeOf({ emailFallback: true }));
    expect(decision).toMatchObject({ verdict: 'send', destinations: [{ kind: 'slack' }] });
    expect(decision).not.toHaveProperty('fallback');
    expect(decisionOf({ member: 'ada' }, unsubscribed, typeOf({ emailFallback: true, mutable: false }))).toHaveProperty(
      'fallback',
    );
  });

  test('who is linked takes the e-mail address along as a fallback when the type allows', () => {
    const decision = decisionOf({ member: 'ada' }, contextOf([ada]), typeOf({ emailFallback: true }));
    expect(kinds(decision)).toEqual(['slack']);
    expect(decision.fallback).toEqual({ kind: 'email', address: 'ada@acme.test', name: 'ada' });
  });

  test('who chose both gets both and needs no fallback', () => {
    const both = personOf('ada', { choices: choices({ types: { 'report.ready': ['slack', 'email'] } }) });
    const decision = decisionOf({ member: 'ada' }, contextOf([both]), typeOf({ emailFallback: true }));
    expect(kinds(decision)).toEqual(['slack', 'email']);
    expect(decision.fallback).toBeUndefined();
  });
});

describe('choices', () => {
  const with_ = (
    member: Parameters<typeof choices>[0] | undefined,
    organisation?: Parameters<typeof defaults>[0],
  ): TenantContext =>
    contextOf([personOf('ada', { choices: member && choices(member) })], {
      defaults: organisation && defaults(organisation),
    });
  const email: ChannelKind[] = ['email'];

  test.each<
    [string, Parameters<typeof choices>[0] | undefined, Parameters<typeof defaults>[0] | undefined, string[], string]
  >([
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
    const decision = decisionOf({ member: 'ada' }, with_(member, organisation));
    expect(kinds(decision)).toEqual(channels);
    expect(codes(decision)[1]).toBe(code);
  });

  test('a type that the member turned off is suppressed as muted', () => {
    const decision = decisionOf({ member: 'ada' }, with_({ types: { 'report.ready': [] } }));
    expect(decision.verdict).toBe('suppress');
    expect(codes(decision)).toEqual(['addressed', 'member_preference', 'muted']);
  });

  test('a type that the organisation turned off is heard by a member who turned it on', () => {
    expect(
      kinds(
        decisionOf(
          { member: 'ada' },
          with_({ types: { 'report.ready': ['slack'] } }, { types: { 'report.ready': [] } }),
        ),
      ),
    ).toEqual(['slack']);
  });

  test('a type that cannot be muted is told although the member turned it off', () => {
    const decision = decisionOf(
      { member: 'ada' },
      with_({ types: { 'report.ready': [] } }),
      typeOf({ mutable: false }),
    );
    expect(kinds(decision)).toEqual(['slack']);
    expect(codes(decision)).toContain('type_cannot_be_muted');
  });

  test('Slack off leaves e-mail, and nothing where only Slack was chosen', () => {
    const off = { slackOff: true };
    expect(
      kinds(decisionOf({ member: 'ada' }, with_({ ...off, types: { 'report.ready': ['slack', 'email'] } }))),
    ).toEqual(['email']);
    expect(codes(decisionOf({ member: 'ada' }, with_(off)))).toEqual(['addressed', 'default_channels', 'slack_off']);
    expect(decisionOf({ member: 'ada' }, with_(off), typeOf({ emailFallback: true })).verdict).toBe('suppress');
  });

  test('Slack off does not silence a type that cannot be muted', () => {
    expect(kinds(decisionOf({ member: 'ada' }, with_({ slackOff: true }), typeOf({ mutable: false })))).toEqual([
      'slack',
    ]);
  });

  test('a type may be called like a property that every object has', () => {
    expect(
      kinds(decisionOf({ member: 'ada' }, with_({}), typeOf({ name: 'constructor', category: 'toString' }))),
    ).toEqual(['slack']);
  });
});

describe('installations', () => {
  const twice = personOf('ada', { links: [linkedTo('second'), linkedTo('main')] });

  test('several links give one message, under the first active installation', () => {
    const context = contextOf([twice], { installations: [installation('main'), installation('second')] });
    expect(decisionOf({ member: 'ada' }, context).destinations).toMatchObject([{ installationId: 'main' }]);
  });

  test('a lost installation is decided for and held, if no active one links the member', () => {
    const decision = decisionOf(
      { member: 'ada' },
      contextOf([ada], { installations: [installation('main', { state: 'lost' })] }),
    );
    expect(decision).toMatchObject({ verdict: 'send', destinations: [{ installationId: 'main' }] });
    expect(codes(decision)).toContain('installation_lost');
  });

  test('a disconnected installation suppresses', () => {
    const decision = decisionOf(
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
    expect(decisionOf({ member: 'ada' }, context).reasons.at(-1)).toEqual({
      code: 'installation_disconnected',
      detail: 'main',
    });
  });

  test('a tenant without Slack is told so', () => {
    expect(codes(decisionOf({ member: 'ada' }, contextOf([ada], { installations: [] }))).at(-1)).toBe('not_connected');
  });
});

describe('an address', () => {
  test('of a linked member is that member, however it is written', () => {
    const decision = decisionOf({ email: ' ADA@acme.test ' }, contextOf([ada]));
    expect(decision).toMatchObject({ recipient: 'member:ada', destinations: [{ kind: 'slack', channel: 'U-ada' }] });
    expect(codes(decision)).toContain('linked_by_email');
  });

  test('of a member who is not linked is told by e-mail, and stays the member', () => {
    const decision = decisionOf({ email: 'bob@acme.test' }, contextOf([personOf('bob', { links: [] })]));
    expect(decision).toMatchObject({
      recipient: 'member:bob',
      destinations: [{ kind: 'email', address: 'bob@acme.test' }],
    });
    expect(codes(decision)).toEqual(['addressed', 'default_channels', 'not_linked', 'email_fallback']);
  });

  test('of a member who turned the type off is not told', () => {
    const muted = personOf('bob', { links: [], choices: choices({ types: { 'report.ready': [] } }) });
    expect(decisionOf({ email: 'bob@acme.test' }, contextOf([muted])).verdict).toBe('suppress');
  });

  test('of nobody we know is told by e-mail', () => {
    const decision = decisionOf({ email: 'Guest@else.test' }, contextOf([ada]));
    expect(decision).toMatchObject({
      recipient: 'email:guest@else.test',
      destinations: [{ kind: 'email', address: 'guest@else.test' }],
    });
    expect(codes(decision)).toEqual(['addressed', 'default_channels', 'email_only']);
  });

  test('of nobody we know is not told what the organisation turned off', () => {
    expect(
      decisionOf({ email: 'guest@else.test' }, contextOf([], { defaults: defaults({ types: { 'report.ready': [] } }) }))
        .verdict,
    ).toBe('suppress');
  });
});

describe('a saved destination', () => {
  const destinations = new Map([
    ['d1', { name: 'Sales', to: [{ channel: 'C1' }, { member: 'ada' }, { members: ['ada', 'ben'] }] }],
  ]);
  const people = contextOf([personOf('ada'), personOf('ben')], { destinations });

  test('tells all that it holds, and says why; who is named besides is told once', () => {
    const { decisions, reasons } = resolveAtNoon({ to: [{ member: 'ada' }, { destination: 'd1' }] }, typeOf(), people);
    expect(decisions.map(({ recipient }) => recipient)).toEqual(['member:ada', 'channel:T-main:C1', 'group:ada,ben']);
    expect(decisions.map((decision) => decision.reasons[0])).toEqual([
      { code: 'addressed' },
      { code: 'saved_destination', detail: 'Sales' },
      { code: 'saved_destination', detail: 'Sales' },
    ]);
    expect(reasons).toEqual([]);
  });

  test('that is not there is a reason, and nobody is told', () => {
    const { decisions, reasons } = resolveAtNoon({ to: [{ destination: 'd2' }] }, typeOf(), people);
    expect(decisions).toEqual([]);
    expect(reasons).toEqual([{ code: 'unknown_destination', detail: 'd2' }, { code: 'nobody' }]);
  });

  test('of a workflow is told because of the workflow', () => {
    const workflow = {
      id: 'w1',
      name: 'Wins',
      type: 'report.ready',
      tell: [{ destination: 'd1' }, { destination: 'd2' }],
    };
    const context = { ...people, workflows: new Map([['report.ready', [workflow]]]) };
    const { decisions, reasons } = resolveAtNoon({ to: [{ workflow: true }] }, typeOf(), context);
    expect(decisions.map((decision) => decision.reasons[0])).toEqual(
      decisions.map(() => ({ code: 'workflow', detail: 'Wins' })),
    );
    expect([decisions.length, reasons]).toEqual([3, [{ code: 'unknown_destination', detail: 'd2' }]]);
  });
});
