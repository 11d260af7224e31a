import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { match, type Choice, type SlackPerson } from './match.ts';

const person = (slackUserId: string, emailKey: string | null, active = true): SlackPerson => ({
  slackUserId,
  teamId: 'T1',
  emailKey,
  active,
});
const ada = person('U1', 'ada@acme.test');

describe('match', () => {
  it('links the one active person with the address', () => {
    expect(match('ada@acme.test', [person('U2', 'ben@acme.test'), ada])).toEqual({
      status: 'matched',
      slackUserId: 'U1',
      teamId: 'T1',
    });
  });

  it('links nobody without an address in common', () => {
    expect(match('ada@acme.test', [person('U2', 'ben@acme.test'), person('U3', null)])).toEqual({
      status: 'unmatched',
    });
  });

  it('never guesses between two active people with one address', () => {
    expect(match('ada@acme.test', [ada, person('U9', 'ada@acme.test')])).toEqual({ status: 'ambiguous' });
  });

  it('prefers the active person to deactivated ones', () => {
    expect(match('ada@acme.test', [person('U9', 'ada@acme.test', false), ada])).toMatchObject({
      status: 'matched',
      slackUserId: 'U1',
    });
  });

  it('says when the only person with the address is deactivated', () => {
    expect(match('ada@acme.test', [person('U1', 'ada@acme.test', false)])).toMatchObject({
      status: 'deactivated',
      slackUserId: 'U1',
    });
  });

  it('names nobody when several with the address are deactivated', () => {
    expect(match('a@acme.test', [person('U1', 'a@acme.test', false), person('U2', 'a@acme.test', false)])).toEqual({
      status: 'deactivated',
    });
  });

  it('keeps a choice by hand whatever the addresses say', () => {
    const choice: Choice = { kind: 'manual', slackUserId: 'U5' };
    expect(match('ada@acme.test', [ada, person('U5', 'private@home.test')], choice)).toEqual({
      status: 'manual',
      slackUserId: 'U5',
      teamId: 'T1',
    });
  });

  it('reports a chosen person that is deactivated, and keeps the choice', () => {
    const choice: Choice = { kind: 'manual', slackUserId: 'U5', teamId: 'T1' };
    expect(match('ada@acme.test', [ada, person('U5', null, false)], choice)).toEqual({
      status: 'deactivated',
      slackUserId: 'U5',
      teamId: 'T1',
    });
    expect(match('ada@acme.test', [ada], choice)).toEqual({ status: 'deactivated', slackUserId: 'U5', teamId: 'T1' });
  });

  it('keeps a removed link removed', () => {
    expect(match('ada@acme.test', [ada], { kind: 'removed' })).toEqual({ status: 'removed' });
  });

  it('does not depend on the order of the people', () => {
    const people = fc.uniqueArray(
      fc.record({
        slackUserId: fc.constantFrom('U1', 'U2', 'U3', 'U4', 'U5'),
        teamId: fc.constant('T1'),
        emailKey: fc.constantFrom('a@x.test', 'b@x.test', null),
        active: fc.boolean(),
      }),
      { selector: (p) => p.slackUserId },
    );
    const choice = fc.option(
      fc.oneof(
        fc.constant<Choice>({ kind: 'removed' }),
        fc.constantFrom('U1', 'U9').map((slackUserId): Choice => ({ kind: 'manual', slackUserId })),
      ),
      { nil: undefined },
    );
    const shuffled = people.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(shuffled, choice, ([given, other], chosen) => {
        expect(match('a@x.test', other, chosen)).toEqual(match('a@x.test', given, chosen));
      }),
    );
  });
});
