// The small world that the specs of resolution talk about: tenant acme, with Ada linked and Bob not.
import { notificationType, type Link, type NotificationType } from '@carillon/domain';
import type { KnownInstallation, Person, TenantContext } from '../resolution/resolution-context.ts';

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
