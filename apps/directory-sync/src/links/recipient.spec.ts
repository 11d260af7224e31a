import { describe, expect, it } from '@jest/globals';
import { recipientState, type Link } from '@carillon/domain';
import { digestOf, recipientOf, type MemberRow } from './recipient.ts';

const ada: MemberRow = {
  tenantId: 'acme',
  memberId: 'ada',
  email: 'Ada@acme.test',
  emailKey: 'ada@acme.test',
  name: 'Ada',
  locale: null,
  roles: null,
  timeZone: 'Europe/Paris',
  active: true,
};
const links: Link[] = [
  { installationId: 'b', status: 'unmatched' },
  { installationId: 'a', status: 'matched', teamId: 'T1', slackUserId: 'U1' },
];

describe('the published recipient', () => {
  it('has the shape of the topic', () => {
    expect(recipientState.parse({ ...recipientOf(ada, links), version: 1 })).toMatchObject({
      memberId: 'ada',
      links: [{ installationId: 'a' }, { installationId: 'b' }],
    });
  });

  it('has the same digest in whatever order the links were found', () => {
    expect(digestOf(recipientOf(ada, links))).toBe(digestOf(recipientOf(ada, links.toReversed())));
  });

  it.each([
    ['the address', { email: 'other@acme.test' }],
    ['the name', { name: 'Other' }],
    ['the locale', { locale: 'fr-FR' }],
    ['the time zone', { timeZone: null }],
    ['being active', { active: false }],
  ])('has another digest when %s changes', (_, change) => {
    expect(digestOf(recipientOf({ ...ada, ...change }, links))).not.toBe(digestOf(recipientOf(ada, links)));
  });

  it('has another digest when a link changes', () => {
    expect(digestOf(recipientOf(ada, []))).not.toBe(digestOf(recipientOf(ada, links)));
    expect(digestOf(recipientOf(ada, [{ installationId: 'b', status: 'removed' }, links[1]!]))).not.toBe(
      digestOf(recipientOf(ada, links)),
    );
  });
});
