// The small world that the specs of resolution talk about: tenant acme, with Ada linked and Bob not.
import {
  notificationType,
  type AudienceMember,
  type ChannelKind,
  type Decision,
  type Link,
  type NotificationType,
} from '@carillon/domain';
import type {
  Choice,
  Choices,
  KnownInstallation,
  MemberChoices,
  OrganisationDefaults,
  Person,
  TenantContext,
} from '../resolution/resolution-context.ts';
import { resolve, type Addressed, type Moment, type Resolution } from '../resolution/resolve.ts';

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

type Written = Record<string, Choice | readonly ChannelKind[]>;
type ChoicesWritten<C extends Choices> = Partial<Omit<C, 'types' | 'categories'>> & {
  types?: Written;
  categories?: Written;
};

const choicesOf = (written: Written = {}): Choices['types'] =>
  Object.fromEntries(
    Object.entries(written).map(([name, one]) => [name, Array.isArray(one) ? { channels: one } : (one as Choice)]),
  );

/** A list of channels stands for the choice of them alone. */
export const choices = ({ types, categories, ...given }: ChoicesWritten<MemberChoices>): MemberChoices => ({
  slackOff: false,
  ...given,
  types: choicesOf(types),
  categories: choicesOf(categories),
});

export const defaults = ({
  types,
  categories,
  ...given
}: ChoicesWritten<OrganisationDefaults>): OrganisationDefaults => ({
  ...given,
  types: choicesOf(types),
  categories: choicesOf(categories),
});

export const codes = (decision: Decision | undefined): string[] =>
  (decision?.reasons ?? []).map((reason) => reason.code);
export const kinds = (decision: Decision | undefined): string[] =>
  (decision?.destinations ?? []).map((destination) => destination.kind);

/** Thursday noon in UTC. */
export const noon: Moment = {
  at: Date.parse('2026-11-26T12:00:00Z'),
  variables: {
    data: {},
    notification: { type: 'report.ready', priority: 'normal', source: '/acme/reports', id: '1' },
    tenant: { id: 'acme', name: 'Acme' },
  },
};

export const resolveAtNoon = (request: Addressed, type: NotificationType, context: TenantContext): Resolution =>
  resolve(request, type, context, noon);

/** The decision for a request with one recipient. */
export function decisionOf(
  to: AudienceMember,
  context: TenantContext,
  type: NotificationType = typeOf(),
  given: Partial<Addressed> = {},
): Decision {
  const { decisions } = resolve({ ...given, to: [to] }, type, context, noon);
  if (decisions.length !== 1) throw new Error(`${decisions.length} decisions for one recipient`);
  return decisions[0]!;
}
