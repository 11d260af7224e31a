// The matching rules one by one, and against a plain restatement of them over random people and members.
import { describe, expect, it } from '@jest/globals';
import { normaliseEmail } from '@carillon/domain';
import fc from 'fast-check';
import { guestPolicies, type GuestPolicy } from '../policy/directory-policy.ts';
import { guestKinds } from '../slack/slack-people.ts';
import { match, type Choice, type Match, type MatchedMember, type SlackPerson } from './match.ts';

const person = (slackUserId: string, emailKey: string | null, change: Partial<SlackPerson> = {}): SlackPerson => ({
  ...{ slackUserId, teamId: 'T1', emailKey, active: true, guest: null },
  ...change,
});
const gone = { active: false };
const ada = person('U1', 'ada@acme.test');
const matchAda = (
  people: readonly SlackPerson[],
  { guests = 'none', ...member }: Partial<MatchedMember> & { guests?: GuestPolicy } = {},
): Match => match({ emailKey: 'ada@acme.test', contested: false, ...member }, people, guests);

describe('match', () => {
  it('links the one active person with the address', () => {
    expect(matchAda([person('U2', 'ben@acme.test'), ada])).toEqual({
      ...{ status: 'matched', slackUserId: 'U1', teamId: 'T1' },
    });
  });

  it('links nobody without an address in common', () => {
    expect(matchAda([person('U2', 'ben@acme.test'), person('U3', null)])).toEqual({ status: 'unmatched' });
  });

  it('never guesses between two active people with one address, nor between two members', () => {
    expect(matchAda([ada, person('U9', 'ada@acme.test')])).toEqual({ status: 'ambiguous' });
    expect(matchAda([ada], { contested: true })).toEqual({ status: 'ambiguous' });
    expect(matchAda([], { contested: true })).toEqual({ status: 'unmatched' });
  });

  it('prefers the active person to deactivated ones', () => {
    expect(matchAda([person('U9', 'ada@acme.test', gone), ada])).toMatchObject({
      status: 'matched',
      slackUserId: 'U1',
    });
  });

  it('says when the only person with the address is deactivated, and names nobody where there are several', () => {
    const former = person('U1', 'ada@acme.test', gone);
    expect(matchAda([former])).toEqual({ status: 'deactivated', slackUserId: 'U1', teamId: 'T1' });
    expect(matchAda([former, { ...former, slackUserId: 'U2' }])).toEqual({ status: 'deactivated' });
  });

  it.each([
    ['single_channel', ['all']],
    ['multi_channel', ['multi_channel', 'all']],
  ] as const)('finds a %s guest only under the policies %j', (guest, admitting) => {
    const guests = guestPolicies.filter(
      (policy) => matchAda([{ ...ada, guest }], { guests: policy }).status === 'matched',
    );
    expect(guests).toEqual(admitting);
    // A guest who is left out makes nothing ambiguous.
    expect(matchAda([ada, person('U9', 'ada@acme.test', { guest })])).toMatchObject({ slackUserId: 'U1' });
  });

  it('keeps a choice by hand whatever addresses and policy say', () => {
    const choice: Choice = { kind: 'manual', slackUserId: 'U5' };
    const chosen = person('U5', 'private@home.test', { guest: 'single_channel' });
    expect(matchAda([ada, chosen], { choice, contested: true })).toEqual({
      ...{ status: 'manual', slackUserId: 'U5', teamId: 'T1' },
    });
  });

  it('reports a chosen person that is deactivated, and keeps the choice', () => {
    const choice: Choice = { kind: 'manual', slackUserId: 'U5', teamId: 'T1' };
    const deactivated = { status: 'deactivated', slackUserId: 'U5', teamId: 'T1' };
    expect(matchAda([ada, person('U5', null, gone)], { choice })).toEqual(deactivated);
    expect(matchAda([ada], { choice })).toEqual(deactivated);
  });

  it('keeps a removed link removed', () => {
    expect(matchAda([ada], { choice: { kind: 'removed' } })).toEqual({ status: 'removed' });
  });

  it('gives what the rules say, in whatever order Slack lists the people', () => {
    const addresses = ['ada@acme.test', 'ADA@Acme.test', 'ada@bücher.test', 'ada@bu\u0308cher.test', 'ben@acme.test'];
    const emailKey = fc.constantFrom(...addresses).map(normaliseEmail);
    const people = fc.uniqueArray(
      fc.record({
        slackUserId: fc.constantFrom('U1', 'U2', 'U3', 'U4', 'U5'),
        teamId: fc.constantFrom('T1', 'T2'),
        emailKey: fc.option(emailKey),
        active: fc.boolean(),
        guest: fc.option(fc.constantFrom(...guestKinds)),
      }),
      { selector: (p) => p.slackUserId },
    );
    const choice = fc.oneof(
      fc.constant<Choice>({ kind: 'removed' }),
      fc.constantFrom('U1', 'U9').map((slackUserId): Choice => ({ kind: 'manual', slackUserId })),
    );
    const member = fc.record({ emailKey, contested: fc.boolean(), choice: fc.option(choice, { nil: undefined }) });
    const shuffled = people.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(member, shuffled, fc.constantFrom(...guestPolicies), (of, [given, other], guests) => {
        const found = match(of, given, guests);
        expect(match(of, other, guests)).toEqual(found);
        expect(statusAndUser(found)).toEqual(byTheRules(of, given, guests));
      }),
    );
  });
});

const statusAndUser = ({ status, slackUserId }: Match): string => [status, slackUserId ?? 'nobody'].join(' ');

/** The rules as a list of who may be named, without regard to speed. */
function byTheRules(
  { emailKey, contested, choice }: MatchedMember,
  people: SlackPerson[],
  guests: GuestPolicy,
): string {
  if (choice?.kind === 'removed') return 'removed nobody';
  if (choice?.kind === 'manual') {
    const isThere = people.some((one) => one.slackUserId === choice.slackUserId && one.active);
    return `${isThere ? 'manual' : 'deactivated'} ${choice.slackUserId}`;
  }
  const admitted: Record<GuestPolicy, unknown[]> = {
    none: [null],
    multi_channel: [null, 'multi_channel'],
    all: [null, 'multi_channel', 'single_channel'],
  };
  const ids = (active: boolean): string[] =>
    people
      .filter((one) => admitted[guests].includes(one.guest) && one.emailKey === emailKey && one.active === active)
      .map((one) => one.slackUserId);
  const [here, former] = [ids(true), ids(false)];
  if (here.length === 1 && !contested) return `matched ${here[0]}`;
  if (here.length > 0) return 'ambiguous nobody';
  if (former.length === 0) return 'unmatched nobody';
  return `deactivated ${former.length === 1 ? former[0] : 'nobody'}`;
}
