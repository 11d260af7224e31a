// What a decision depends on besides the request and its type. It is loaded before the decision (context-loader.ts), so
// that the decision itself is a pure function.
import type { ChannelKind, InstallationStateName, Link } from '@carillon/domain';

/** Channels somebody chose, by type and by category; an empty list means off. */
export interface ChannelChoices {
  types: Readonly<Record<string, readonly ChannelKind[]>>;
  categories: Readonly<Record<string, readonly ChannelKind[]>>;
}

export interface MemberChoices extends ChannelChoices {
  slackOff: boolean;
}

export interface Person {
  memberId: string;
  email: string;
  name: string;
  active: boolean;
  links: readonly Link[];
  choices?: MemberChoices | undefined;
  /** Types whose e-mails the person unsubscribed from: none is told by e-mail unless the person's channels name it. */
  unsubscribed?: ReadonlySet<string> | undefined;
}

export interface KnownInstallation {
  installationId: string;
  state: InstallationStateName;
  teamId?: string | undefined;
  enterpriseId?: string | undefined;
  /** As Slack granted them; unknown where the installation has not changed for long. */
  scopes?: readonly string[] | undefined;
}

export interface TenantContext {
  /** By id; null (as good as absent): it is known that there is no such member. */
  members: ReadonlyMap<string, Person | null>;
  /** By normalised address. */
  addresses: ReadonlyMap<string, Person | null>;
  /** Types that addresses of no member unsubscribed from, by normalised address. */
  unsubscribed?: ReadonlyMap<string, ReadonlySet<string>>;
  /** In the order of preference: active before lost before disconnected, each the oldest first. */
  installations: readonly KnownInstallation[];
  defaults?: ChannelChoices | undefined;
}

/** By tenant. */
export type ResolutionContext = ReadonlyMap<string, TenantContext>;
