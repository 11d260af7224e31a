// What a decision depends on besides the request and its type. It is loaded before the decision (context-loader.ts), so
// that the decision itself is a pure function.
import type { Cadence, ChannelKind, InstallationStateName, Link, SavedAudience, Throttle } from '@carillon/domain';
import type { KnownChannels } from './known-channels.ts';
import type { QuietHours, Weekday } from '../scheduling/quiet-hours.ts';
import type { Workflow } from '../workflows/workflow.ts';

/** What somebody chose for a type or a category. What is absent is left to the next one who chooses. */
export interface Choice {
  /** An empty list means off. */
  channels?: readonly ChannelKind[] | undefined;
  cadence?: Cadence | undefined;
  /** HH:MM, of a daily or weekly digest. */
  at?: string | undefined;
  /** Of a weekly digest. */
  on?: Weekday | undefined;
  /** Where Slack cannot reach the member. */
  fallback?: 'email' | 'none' | undefined;
  /** `none`: every message is sent, whatever the type says. */
  throttle?: Throttle | 'none' | undefined;
}

export interface Choices {
  types: Readonly<Record<string, Choice>>;
  categories: Readonly<Record<string, Choice>>;
}

export interface MemberChoices extends Choices {
  slackOff: boolean;
  /** Epoch ms. */
  pausedUntil?: number | undefined;
  /** IANA; before the one that Slack or the product knows. */
  timeZone?: string | undefined;
  /** The installation to be told in, where the member is linked in several. */
  installationId?: string | undefined;
  /** Absent: the organisation's. Never changed once it is read. */
  quietHours?: readonly QuietHours[] | undefined;
}

export interface OrganisationDefaults extends Choices {
  quietHours?: readonly QuietHours[] | undefined;
  /** ISO dates on which it is quiet all day. */
  freeDays?: readonly string[] | undefined;
}

export interface Person {
  memberId: string;
  email: string;
  name: string;
  active: boolean;
  links: readonly Link[];
  /** IANA, from Slack or the product. */
  timeZone?: string | undefined;
  locale?: string | undefined;
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
  defaults?: OrganisationDefaults | undefined;
  /** By type, in their order. */
  workflows?: ReadonlyMap<string, readonly Workflow[]> | undefined;
  /** By id. */
  destinations?: ReadonlyMap<string, KnownDestination> | undefined;
  /** Of those that are asked for. */
  channels?: KnownChannels | undefined;
}

/** A choice of channels, people and group conversations under a name. */
export interface KnownDestination {
  name: string;
  to: readonly SavedAudience[];
}

/** By tenant. */
export type ResolutionContext = ReadonlyMap<string, TenantContext>;
