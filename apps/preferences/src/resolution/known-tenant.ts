// What is known of one tenant's context at one version. Guarantees: `learn` forgets what a change is about and nothing
// else. An address holds as long as its member is known as both were read: a member who changes takes it along. It does
// not read anything.
import type { WorkflowsOfTypes } from '../workflows/workflow-rows.ts';
import type { ContextChanges } from './context-changes.ts';
import type { KnownDestination, KnownInstallation, OrganisationDefaults, Person } from './resolution-context.ts';

/** What a tenant has apart from people. */
export interface TenantSettings {
  installations: readonly KnownInstallation[];
  defaults: OrganisationDefaults | undefined;
  workflows: WorkflowsOfTypes;
  /** By id. */
  destinations: ReadonlyMap<string, KnownDestination> | undefined;
}

export interface KnownAddress {
  /** Null: no member has it. */
  person: Person | null;
  /** Types that the address itself unsubscribed from. */
  unsubscribed: ReadonlySet<string> | undefined;
}

/** A workflow that is ready to run takes 2 to 6 KB, and a person some 500 bytes. */
const peopleOfWorkflow = 10;

/** What settings take of memory, in people. */
function weightOf({ installations, workflows, destinations }: TenantSettings): number {
  let weight = 1 + installations.length;
  for (const list of workflows.values()) weight += list.length * peopleOfWorkflow;
  for (const { to } of destinations?.values() ?? []) weight += 1 + to.length;
  return weight;
}

/** A Map, or one that forgets. */
export interface Store<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
  delete(key: string): unknown;
  clear(): void;
}

export class KnownTenant<People extends Store<Person | null>, Addresses extends Store<KnownAddress>> {
  private present: TenantSettings | undefined;
  /** Also of settings that do not hold any more: most of them stay ready to run. */
  workflows: WorkflowsOfTypes | undefined;
  /** Of the settings, in people. */
  weight = 0;

  constructor(
    public version: number,
    readonly members: People,
    readonly addresses: Addresses,
  ) {}

  /** Undefined: to be read. */
  get settings(): TenantSettings | undefined {
    return this.present;
  }

  set settings(settings: TenantSettings | undefined) {
    this.present = settings;
    if (!settings) return;
    this.workflows = settings.workflows;
    this.weight = weightOf(settings);
  }

  /** Undefined: to be read. */
  at(address: string): KnownAddress | undefined {
    const known = this.addresses.get(address);
    if (!known?.person) return known;
    return this.members.get(known.person.memberId) === known.person ? known : undefined;
  }

  learn(changes: ContextChanges): void {
    const { since, version } = changes;
    // A version that was once reported is only undercut by a database that was restored.
    const restored = since !== undefined && version < since;
    if (this.version >= version && !restored) return;
    if (changes.everything || since === undefined || this.version < since) {
      this.members.clear();
      this.addresses.clear();
      this.settings = undefined;
    } else {
      for (const member of changes.members) this.members.delete(member);
      for (const address of changes.addresses) this.addresses.delete(address);
      if (changes.settings) this.settings = undefined;
    }
    this.version = version;
  }
}
