// The small world that the specs of resolution talk about: tenant acme, with Ada linked and Bob not.
import {
  notificationType,
  type AudienceMember,
  type Decision,
  type Link,
  type NotificationType,
} from '@carillon/domain';
import type { KnownInstallation, MemberChoices, Person, TenantContext } from '../resolution/resolution-context.ts';
import { resolve } from '../resolution/resolve.ts';

export const typeOf = (given: Partial<NotificationType> = {}): NotificationType =>
  notificationType.parse({ name: 'report.ready', title: 'Report ready', category: 'reports', ...given });

export const installation = (installationId: string, given: Partial<KnownInstallation> = {}): KnownInstallation => ({
  installationId,
  state: 'active',
  teamId: `T-${installationId}`,
  ...given,
});

export const linkedTo = (installationId: string, given: Partial<Link> = {}): Link => ({
  installationId,
  status: 'matched',
  slackUserId: `U-${installationId}`,
  ...given,
});

export const personOf = (memberId: string, given: Partial<Person> = {}): Person => ({
  memberId,
  email: `${memberId}@acme.test`,
  name: memberId,
  active: true,
  links: [linkedTo('main', { slackUserId: `U-${memberId}` })],
  ...given,
});

export function contextOf(
  people: Person[],
  given: Partial<Omit<TenantContext, 'members' | 'addresses'>> = {},
): TenantContext {
  return {
    members: new Map(people.map((person) => [person.memberId, person])),
    addresses: new Map(people.map((person) => [person.email, person])),
    installations: [installation('main')],
    ...given,
  };
}

export const choices = (given: Partial<MemberChoices>): MemberChoices => ({
  slackOff: false,
  types: {},
  categories: {},
  ...given,
});
export const codes = (decision: Decision | undefined): string[] =>
  (decision?.reasons ?? []).map((reason) => reason.code);
export const kinds = (decision: Decision | undefined): string[] =>
  (decision?.destinations ?? []).map((destination) => destination.kind);

/** The decision for a request with one recipient. */
export function decisionOf(to: AudienceMember, context: TenantContext, type: NotificationType = typeOf()): Decision {
  const { decisions } = resolve({ to: [to] }, type, context);
  if (decisions.length !== 1) throw new Error(`${decisions.length} decisions for one recipient`);
  return decisions[0]!;
}
