// Loads the context of a batch of requests: what the process remembers (context-cache.ts), and from the database what
// it does not. Guarantees: the context is never older than the begin of the batch, in whichever process a change was
// made. What it says of a tenant is so at one moment, and stays while the batch runs. While nothing has changed, it
// costs one short statement; after a change, also the reading of what the change was about.
import { Inject, Injectable } from '@nestjs/common';
import { channelKeyOf, normaliseEmail, type AudienceMember, type NotificationRequest } from '@carillon/domain';
import { inTransaction, type BoundStatement } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import type { Told } from '../workflows/run-workflows.ts';
import { compileWorkflows } from '../workflows/workflow-rows.ts';
import { ContextCache, type CachedTenant } from './context-cache.ts';
import { readChanges, readVersions, type ContextChanges, type Read } from './context-changes.ts';
import { readAddresses, readMembers, readSettings, type Pairs, type ReadSettings } from './context-rows.ts';
import { readChannels } from './known-channels.ts';
import { KnownTenant, type KnownAddress, type Store } from './known-tenant.ts';
import { mentionedIn, type Mentioned, type Mentioning } from './mentions.ts';
import type { Person, ResolutionContext, TenantContext } from './resolution-context.ts';

interface Asked {
  members: Set<string>;
  addresses: Set<string>;
  /** Ids and names. */
  channels: Set<string>;
}

/** The members, addresses and channels that requests name, by tenant. */
export class LookupKeys {
  readonly tenants = new Map<string, Asked>();

  add(request: Pick<NotificationRequest, 'tenantId' | 'to'> & Mentioning): void {
    const { tenantId, to } = request;
    const asked = this.of(tenantId);
    for (const audience of to ?? []) addAudience(asked, audience);
    this.addMentioned(tenantId, mentionedIn(request));
  }

  /** Whom workflows tell, and whom they mention. */
  addTold(tenantId: string, told: readonly Told[]): void {
    const asked = this.of(tenantId);
    for (const { audience, mention, workflow } of told) {
      addAudience(asked, audience);
      if (mention) addAudience(asked, mention);
      if (workflow.body !== undefined) this.addMentioned(tenantId, mentionedIn({ body: workflow.body }));
    }
  }

  /** Whether somebody is among them who was not asked for before. */
  addAudiences(tenantId: string, audiences: readonly AudienceMember[]): boolean {
    if (audiences.length === 0) return false;
    const asked = this.of(tenantId);
    const before = sizeOf(asked);
    for (const audience of audiences) addAudience(asked, audience);
    return sizeOf(asked) > before;
  }

  private addMentioned(tenantId: string, mentioned: readonly Mentioned[]): void {
    const asked = this.of(tenantId);
    for (const { kind, id } of mentioned) (kind === 'member' ? asked.members : asked.addresses).add(id);
  }

  private of(tenantId: string): Asked {
    let asked = this.tenants.get(tenantId);
    if (!asked) this.tenants.set(tenantId, (asked = { members: new Set(), addresses: new Set(), channels: new Set() }));
    return asked;
  }
}

const sizeOf = ({ members, addresses, channels }: Asked): number => members.size + addresses.size + channels.size;

function addAudience({ members, addresses, channels }: Asked, audience: AudienceMember): void {
  if ('member' in audience) members.add(audience.member);
  else if ('email' in audience) addresses.add(normaliseEmail(audience.email));
  else if ('channel' in audience) channels.add(channelKeyOf(audience.channel));
  else if ('members' in audience) for (const member of audience.members) members.add(member);
}

/** What a batch knows of a tenant: nobody else changes it. */
type BatchTenant = KnownTenant<Map<string, Person | null>, Map<string, KnownAddress>>;
type BatchTenants = ReadonlyMap<string, BatchTenant>;

@Injectable()
export class ContextLoader {
  private readonly cache = new ContextCache();

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async load(keys: LookupKeys): Promise<ResolutionContext> {
    const changes = await this.changes([...keys.tenants.keys()]);
    const known = new Map<string, BatchTenant>();
    let complete = true;
    for (const [tenant, asked] of keys.tenants) {
      const cached = this.learn(tenant, changes.get(tenant)!);
      // Its version may be newer than the one just read, if another batch read it.
      const of = new KnownTenant(cached.version, new Map<string, Person | null>(), new Map<string, KnownAddress>());
      known.set(tenant, of);
      complete = copy(cached, of, asked) && complete;
    }
    if (!complete) await this.readMissing(keys, known);
    this.cache.forgetUnused();
    const channels = await readChannels(readingFrom(this.pool), channelsOf(keys));
    return new Map(
      [...keys.tenants].map(([tenant, asked]) => [
        tenant,
        { ...contextOf(known.get(tenant)!, asked), channels: channels.get(tenant) },
      ]),
    );
  }

  /** Since the versions that are remembered. */
  private async changes(tenantIds: string[]): Promise<Map<string, ContextChanges>> {
    const read = readingFrom(this.pool);
    const changes = await readVersions(read, tenantIds, (tenant) => this.cache.get(tenant)?.version);
    const changed = new Map<string, number>();
    for (const [tenant, { since, version }] of changes) {
      if (since !== undefined && since !== version) changed.set(tenant, since);
    }
    if (changed.size === 0) return changes;
    return new Map([...changes, ...(await readChanges(read, changed))]);
  }

  /** Reads in one snapshot, with what has changed since the rest was remembered: all of it holds at that moment. */
  private async readMissing(keys: LookupKeys, known: BatchTenants): Promise<void> {
    const since = new Map([...known].map(([tenant, { version }]) => [tenant, version]));
    let found = new Map<string, ReadSettings>();
    await inTransaction(this.pool, async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const read = readingFrom(client);
      for (const [tenant, changes] of await readChanges(read, since)) {
        known.get(tenant)!.learn(changes);
        this.learn(tenant, changes);
      }
      const asked = missingOf(keys, known);
      await addMembers(read, known, asked.members);
      await addAddresses(read, known, asked.addresses);
      found = await readSettings(read, asked.settings);
    });
    // The snapshot is not held while workflows are compiled.
    for (const [tenant, settings] of found) {
      const workflows = await compileWorkflows(settings.workflows, this.cache.get(tenant)?.workflows);
      known.get(tenant)!.settings = { ...settings, workflows };
    }
    for (const [tenant, asked] of keys.tenants) {
      const cached = this.cache.get(tenant);
      // Another batch may have learnt of changes that this one does not know.
      if (cached && cached.version === known.get(tenant)!.version) copy(known.get(tenant)!, cached, asked);
    }
  }

  private learn(tenant: string, changes: ContextChanges): CachedTenant {
    const cached = this.cache.get(tenant);
    if (!cached) return this.cache.add(tenant, changes.version);
    cached.learn(changes);
    return cached;
  }
}

const readingFrom =
  (db: Pick<Pool, 'query'>): Read =>
  async <Row extends unknown[]>(statement: BoundStatement) =>
    (await db.query<Row>({ ...statement, rowMode: 'array' })).rows;

function channelsOf({ tenants }: LookupKeys): Map<string, ReadonlySet<string>> {
  const asked = new Map<string, ReadonlySet<string>>();
  for (const [tenant, { channels }] of tenants) if (channels.size > 0) asked.set(tenant, channels);
  return asked;
}

type AnyTenant = KnownTenant<Store<Person | null>, Store<KnownAddress>>;

/** False: `from` does not know all that is asked for. */
function copy(from: AnyTenant, to: AnyTenant, { members, addresses }: Asked): boolean {
  let complete = from.settings !== undefined;
  to.settings = from.settings ?? to.settings;
  for (const member of members) {
    const person = from.members.get(member);
    if (person === undefined) complete = false;
    else to.members.set(member, person);
  }
  for (const address of addresses) {
    const at = from.at(address);
    if (at) to.addresses.set(address, at);
    else complete = false;
    if (at?.person) to.members.set(at.person.memberId, at.person);
  }
  return complete;
}

function missingOf(keys: LookupKeys, known: BatchTenants): { members: Pairs; addresses: Pairs; settings: string[] } {
  const missing = {
    members: { tenantId: [], values: [] } as Pairs,
    addresses: { tenantId: [], values: [] } as Pairs,
    settings: [] as string[],
  };
  for (const [tenant, asked] of keys.tenants) {
    const of = known.get(tenant)!;
    if (!of.settings) missing.settings.push(tenant);
    for (const member of asked.members) if (of.members.get(member) === undefined) add(missing.members, tenant, member);
    for (const address of asked.addresses) if (!of.at(address)) add(missing.addresses, tenant, address);
  }
  return missing;
}

function add(pairs: Pairs, tenant: string, value: string): void {
  pairs.tenantId.push(tenant);
  pairs.values.push(value);
}

async function addMembers(read: Read, known: BatchTenants, asked: Pairs): Promise<void> {
  asked.tenantId.forEach((tenant, place) => known.get(tenant)!.members.set(asked.values[place]!, null));
  for (const [tenant, person] of await readMembers(read, asked)) {
    known.get(tenant)!.members.set(person.memberId, person);
  }
}

async function addAddresses(read: Read, known: BatchTenants, asked: Pairs): Promise<void> {
  for (const { tenant, address, person, unsubscribed } of await readAddresses(read, asked)) {
    const of = known.get(tenant)!;
    of.addresses.set(address, { person, unsubscribed });
    if (person) of.members.set(person.memberId, person);
  }
}

function contextOf(known: BatchTenant, { addresses }: Asked): TenantContext {
  const people = new Map<string, Person | null>();
  const unsubscribed = new Map<string, ReadonlySet<string>>();
  for (const address of addresses) {
    const at = known.at(address)!;
    people.set(address, at.person);
    if (at.unsubscribed) unsubscribed.set(address, at.unsubscribed);
  }
  return { members: known.members, addresses: people, unsubscribed, ...known.settings! };
}
