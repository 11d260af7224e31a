// Loads the context of a batch of requests from the database: people, preferences, installations and defaults. It runs
// one statement per kind of row for the whole batch, and only the version statement while nothing has changed.
// Guarantees: the context is never older than the begin of the batch, in whichever process a change was made; a tenant
// gets only its own rows; memory is bounded.
import { Inject, Injectable } from '@nestjs/common';
import {
  normaliseEmail,
  type ChannelKind,
  type InstallationStateName,
  type Link,
  type NotificationRequest,
} from '@carillon/domain';
import { defineStatement, rows, type BoundStatement } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import { selectVersions } from './context-version.ts';
import type {
  ChannelChoices,
  KnownInstallation,
  Person,
  ResolutionContext,
  TenantContext,
} from './resolution-context.ts';
import { mentionedIn, type Mentioning } from './mentions.ts';

/** The members and addresses that requests name, by tenant. */
export class LookupKeys {
  readonly tenants = new Map<string, { members: Set<string>; addresses: Set<string> }>();

  add(request: Pick<NotificationRequest, 'tenantId' | 'to'> & Mentioning): void {
    const { tenantId, to } = request;
    let asked = this.tenants.get(tenantId);
    if (!asked) this.tenants.set(tenantId, (asked = { members: new Set(), addresses: new Set() }));
    for (const audience of to ?? []) {
      if ('member' in audience) asked.members.add(audience.member);
      else if ('email' in audience) asked.addresses.add(normaliseEmail(audience.email));
      else if ('members' in audience) for (const member of audience.members) asked.members.add(member);
    }
    for (const { kind, id } of mentionedIn(request)) (kind === 'member' ? asked.members : asked.addresses).add(id);
  }
}

/** What was read about a tenant under one version. */
class CachedContext implements TenantContext {
  readonly members = new Map<string, Person | null>();
  readonly addresses = new Map<string, Person | null>();
  readonly unsubscribed = new Map<string, Set<string>>();
  installations: KnownInstallation[] = [];
  defaults: ChannelChoices | undefined;
  /** Installations and defaults are there. */
  complete = false;

  constructor(readonly version: string) {}
}

/** Members and addresses, of all tenants together: some 50 MB. */
const mostCachedPeople = 100_000;

const personColumns = `r.tenant_id, r.member_id, r.email, r.name, r.active, r.links, p.slack_off, p.types, p.categories,
  ARRAY(SELECT u.type FROM unsubscription u
        WHERE u.tenant_id = r.tenant_id AND u.recipient IN ('member:' || r.member_id, 'email:' || r.email_key)) AS unsubscribed`;
const withChoices = `LEFT JOIN member_preferences p ON p.tenant_id = r.tenant_id AND p.member_id = r.member_id`;

const selectMembers = defineStatement({
  name: 'context-members',
  parameters: { asked: rows({ tenantId: 'text', memberId: 'text' }) },
  text: (p) => `
SELECT ${personColumns}
  FROM ${p.asked.as('asked')}
  JOIN recipient r ON r.key = asked.tenant_id || ':' || asked.member_id
   AND r.tenant_id = asked.tenant_id AND r.member_id = asked.member_id
  ${withChoices}
 WHERE NOT r.deleted`,
});

// Of several members with one address the active one counts, then the first by id: the same one each time.
const selectAddresses = defineStatement({
  name: 'context-addresses',
  parameters: { asked: rows({ tenantId: 'text', emailKey: 'text' }) },
  text: (p) => `
SELECT DISTINCT ON (r.tenant_id, r.email_key) ${personColumns}, r.email_key
  FROM ${p.asked.as('asked')}
  JOIN recipient r ON r.tenant_id = asked.tenant_id AND r.email_key = asked.email_key
  ${withChoices}
 WHERE NOT r.deleted
 ORDER BY r.tenant_id, r.email_key, r.active DESC, r.member_id`,
});

const selectUnsubscribed = defineStatement({
  name: 'context-unsubscribed',
  parameters: { asked: rows({ tenantId: 'text', emailKey: 'text' }) },
  text: (p) => `
SELECT asked.tenant_id, asked.email_key, u.type
  FROM ${p.asked.as('asked')}
  JOIN unsubscription u ON u.tenant_id = asked.tenant_id AND u.recipient = 'email:' || asked.email_key`,
});

const selectInstallations = defineStatement({
  name: 'context-installations',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT tenant_id, installation_id, state, team_id, enterprise_id, scopes
  FROM installation WHERE tenant_id = ANY(${p.tenantIds}) AND NOT deleted
 ORDER BY array_position(ARRAY['active', 'lost', 'disconnected'], state), installed_at, installation_id`,
});

const selectDefaults = defineStatement({
  name: 'context-defaults',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `SELECT tenant_id, types, categories FROM organisation_defaults WHERE tenant_id = ANY(${p.tenantIds})`,
});

type Choices = Record<string, ChannelKind[]>;
type PersonRow = [
  string,
  string,
  string,
  string,
  boolean,
  Link[],
  boolean | null,
  Choices | null,
  Choices | null,
  string[],
  string,
];
type InstallationRow = [string, string, InstallationStateName, string | null, string | null, string[] | null];

@Injectable()
export class ContextLoader {
  private readonly cached = new Map<string, CachedContext>();

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async load(keys: LookupKeys): Promise<ResolutionContext> {
    const tenants = [...keys.tenants.keys()];
    const context = await this.current(tenants);
    const members = missing(keys, context, 'members');
    const addresses = missing(keys, context, 'addresses');
    const fresh = tenants.filter((tenant) => !context.get(tenant)!.complete);
    await Promise.all([
      this.readMembers(context, members),
      this.readAddresses(context, addresses),
      this.readTenants(context, fresh),
    ]);
    this.evictIfTooMany();
    return context;
  }

  /** The cached context of each tenant whose version has not changed; else an empty one. */
  private async current(tenants: string[]): Promise<Map<string, CachedContext>> {
    const versions = new Map(await this.read<[string, string]>(selectVersions({ tenantIds: tenants })));
    const current = new Map<string, CachedContext>();
    for (const tenant of tenants) {
      const version = versions.get(tenant) ?? 'never changed';
      let known = this.cached.get(tenant);
      if (known?.version !== version) this.cached.set(tenant, (known = new CachedContext(version)));
      current.set(tenant, known);
    }
    return current;
  }

  private async readMembers(context: Map<string, CachedContext>, asked: Pairs): Promise<void> {
    if (asked.tenantId.length === 0) return;
    const { tenantId, values: memberId } = asked;
    const rows = await this.read<PersonRow>(selectMembers({ asked: { tenantId, memberId } }));
    for (const row of rows) context.get(row[0])!.members.set(row[1], personOf(row));
    forEach(asked, (tenant, id) => setIfAbsent(context.get(tenant)!.members, id));
  }

  private async readAddresses(context: Map<string, CachedContext>, asked: Pairs): Promise<void> {
    if (asked.tenantId.length === 0) return;
    const { tenantId, values: emailKey } = asked;
    const [rows, unsubscribed] = await Promise.all([
      this.read<PersonRow>(selectAddresses({ asked: { tenantId, emailKey } })),
      this.read<[string, string, string]>(selectUnsubscribed({ asked: { tenantId, emailKey } })),
    ]);
    for (const row of rows) context.get(row[0])!.addresses.set(row[10], personOf(row));
    for (const [tenant, address, type] of unsubscribed) {
      const of = context.get(tenant)!.unsubscribed;
      of.set(address, (of.get(address) ?? new Set()).add(type));
    }
    forEach(asked, (tenant, address) => setIfAbsent(context.get(tenant)!.addresses, address));
  }

  private async readTenants(context: Map<string, CachedContext>, tenants: string[]): Promise<void> {
    if (tenants.length === 0) return;
    const [installations, defaults] = await Promise.all([
      this.read<InstallationRow>(selectInstallations({ tenantIds: tenants })),
      this.read<[string, Choices, Choices]>(selectDefaults({ tenantIds: tenants })),
    ]);
    for (const tenant of tenants) {
      const known = context.get(tenant)!;
      known.installations = installations.filter((row) => row[0] === tenant).map(installationOf);
      const [row] = defaults.filter(([of]) => of === tenant);
      known.defaults = row && { types: row[1], categories: row[2] };
      known.complete = true;
    }
  }

  private async read<Row extends unknown[]>(statement: BoundStatement): Promise<Row[]> {
    return (await this.pool.query<Row>({ ...statement, rowMode: 'array' })).rows;
  }

  /** A batch that runs keeps the contexts it holds; the next one loads new ones. */
  private evictIfTooMany(): void {
    let people = 0;
    for (const { members, addresses } of this.cached.values()) people += members.size + addresses.size;
    if (people > mostCachedPeople) this.cached.clear();
  }
}

/** Members or addresses, with the tenant of each: one array per column. */
interface Pairs {
  tenantId: string[];
  values: string[];
}

function missing(keys: LookupKeys, context: Map<string, CachedContext>, kind: 'members' | 'addresses'): Pairs {
  const pairs: Pairs = { tenantId: [], values: [] };
  for (const [tenant, asked] of keys.tenants) {
    const known = context.get(tenant)![kind];
    for (const value of asked[kind]) {
      if (known.has(value)) continue;
      pairs.tenantId.push(tenant);
      pairs.values.push(value);
    }
  }
  return pairs;
}

function forEach({ tenantId, values }: Pairs, visit: (tenant: string, value: string) => void): void {
  for (let i = 0; i < tenantId.length; i++) visit(tenantId[i]!, values[i]!);
}

function setIfAbsent(people: Map<string, Person | null>, key: string): void {
  if (!people.has(key)) people.set(key, null);
}

const installationOf = ([
  ,
  installationId,
  state,
  teamId,
  enterpriseId,
  scopes,
]: InstallationRow): KnownInstallation => ({
  installationId,
  state,
  teamId: teamId ?? undefined,
  enterpriseId: enterpriseId ?? undefined,
  scopes: scopes ?? undefined,
});

function personOf([
  ,
  memberId,
  email,
  name,
  active,
  links,
  slackOff,
  types,
  categories,
  unsubscribed,
]: PersonRow): Person {
  const choices = types && categories ? { slackOff: slackOff === true, types, categories } : undefined;
  return {
    memberId,
    email,
    name,
    active,
    links,
    choices,
    unsubscribed: unsubscribed.length > 0 ? new Set(unsubscribed) : undefined,
  };
}
