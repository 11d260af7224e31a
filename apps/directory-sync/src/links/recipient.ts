// The state of a member as it is published on recipient.changed. Guarantees: the same content has the same digest,
// whatever the order of the links; the digest does not include the version.
import { createHash } from 'node:crypto';
import type { Link, RecipientState } from '@carillon/domain';

export interface MemberRow {
  tenantId: string;
  memberId: string;
  email: string;
  emailKey: string;
  name: string;
  locale: string | null;
  timeZone: string | null;
  roles: string[] | null;
  active: boolean;
}

export type Recipient = Omit<RecipientState, 'version'>;

export function recipientOf(member: MemberRow, links: readonly Link[]): Recipient {
  return {
    tenantId: member.tenantId,
    memberId: member.memberId,
    email: member.email,
    name: member.name,
    ...(member.locale === null ? {} : { locale: member.locale }),
    ...(member.timeZone === null ? {} : { timeZone: member.timeZone }),
    ...(member.roles === null ? {} : { roles: member.roles }),
    active: member.active,
    links: [...links].sort((a, b) => (a.installationId < b.installationId ? -1 : 1)),
  };
}

export function digestOf({ email, name, locale, timeZone, roles, active, links }: Recipient): string {
  const content = [
    email,
    name,
    locale,
    timeZone,
    active,
    links.map((l) => [l.installationId, l.status, l.teamId, l.slackUserId]),
    // Members without roles keep the digest that they had before there were roles.
    ...(roles ? [roles] : []),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64');
}
