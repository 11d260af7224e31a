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
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import { versionsSql } from './knowledge-version.ts';
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

const membersSql = `SELECT ${personColumns}
  FROM unnest($1::text[], $2::text[]) AS asked(tenant_id, member_id)
  JOIN recipient r ON r.key = asked.tenant_id || ':' || asked.member_id
   AND r.tenant_id = asked.tenant_id AND r.member_id = asked.member_id
  ${withChoices}
  WHERE NOT r.deleted`;

// Of several members with one address the active one counts, then the first by id: the same one each time.
const addressesSql = `SELECT DISTINCT ON (r.tenant_id, r.email_key) ${personColumns}, r.email_key
  FROM unnest($1::text[], $2::text[]) AS asked(tenant_id, email_key)
  JOIN recipient r ON r.tenant_id = asked.tenant_id AND r.email_key = asked.email_key
  ${withChoices}
  WHERE NOT r.deleted
  ORDER BY r.tenant_id, r.email_key, r.active DESC, r.member_id`;

const unsubscribedSql = `SELECT asked.tenant_id, asked.email_key, u.type
  FROM unnest($1::text[], $2::text[]) AS asked(tenant_id, email_key)
  JOIN unsubscription u ON u.tenant_id = asked.tenant_id AND u.recipient = 'email:' || asked.email_key`;

const installationsSql = `SELECT tenant_id, installation_id, state, team_id, enterprise_id, scopes
  FROM installation WHERE tenant_id = ANY($1::text[]) AND NOT deleted
  ORDER BY array_position(ARRAY['active', 'lost', 'disconnected'], state), installed_at, installation_id`;

const defaultsSql = `SELECT tenant_id, types, categories FROM organisation_defaults WHERE tenant_id = ANY($1::text[])`;

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
    const rows = await this.rows<[string, string]>('context-versions', versionsSql, [tenants]);
    const versions = new Map(rows);
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
    const rows = await this.rows<PersonRow>('context-members', membersSql, asked);
    for (const row of rows) context.get(row[0])!.members.set(row[1], personOf(row));
    forEach(asked, (tenant, id) => setIfAbsent(context.get(tenant)!.members, id));
  }

  private async readAddresses(context: Map<string, CachedContext>, asked: Pairs): Promise<void> {
    const [rows, unsubscribed] = await Promise.all([
      this.rows<PersonRow>('context-addresses', addressesSql, asked),
      this.rows<[string, string, string]>('context-unsubscribed', unsubscribedSql, asked),
    ]);
    for (const row of rows) context.get(row[0])!.addresses.set(row[10], personOf(row));
    for (const [tenant, address, type] of unsubscribed) {
      const of = context.get(tenant)!.unsubscribed;
      of.set(address, (of.get(address) ?? new Set()).add(type));
    }
    forEach(asked, (tenant, address) => setIfAbsent(context.get(tenant)!.addresses, address));
  }

  private async readTenants(context: Map<string, CachedContext>, tenants: string[]): Promise<void> {
    const [installations, defaults] = await Promise.all([
      this.rows<InstallationRow>('context-installations', installationsSql, [tenants]),
      this.rows<[string, Choices, Choices]>('context-defaults', defaultsSql, [tenants]),
    ]);
    for (const tenant of tenants) {
      const known = context.get(tenant)!;
      known.installations = installations.filter((row) => row[0] === tenant).map(installationOf);
      const [row] = defaults.filter(([of]) => of === tenant);
      known.defaults = row && { types: row[1], categories: row[2] };
      known.complete = true;
    }
  }

  private async rows<Row extends unknown[]>(name: string, text: string, values: readonly string[][]): Promise<Row[]> {
    if (values[0]?.length === 0) return [];
    const { rows } = await this.pool.query<Row>({ name, text, values: [...values], rowMode: 'array' });
    return rows;
  }

  /** A batch that runs keeps the contexts it holds; the next one loads new ones. */
  private evictIfTooMany(): void {
    let people = 0;
    for (const { members, addresses } of this.cached.values()) people += members.size + addresses.size;
    if (people > mostCachedPeople) this.cached.clear();
  }
}

type Pairs = [tenants: string[], values: string[]];

function missing(keys: LookupKeys, context: Map<string, CachedContext>, kind: 'members' | 'addresses'): Pairs {
  const pairs: Pairs = [[], []];
  for (const [tenant, asked] of keys.tenants) {
    const known = context.get(tenant)![kind];
    for (const value of asked[kind]) {
      if (known.has(value)) continue;
      pairs[0].push(tenant);
      pairs[1].push(value);
    }
  }
  return pairs;
}

function forEach([tenants, values]: Pairs, visit: (tenant: string, value: string) => void): void {
  for (let i = 0; i < tenants.length; i++) visit(tenants[i]!, values[i]!);
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
