// Everything that a batch of requests needs to know: one statement per kind of knowledge, whatever the batch's size,
// and one short one alone while nothing has changed. Promises: what is decided on is never older than the begin of the
// batch, in whichever process it was changed; what a tenant does not own is never returned to it; memory is bounded.
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
import type { ChannelChoices, KnownInstallation, Person, TenantKnowledge } from './knowledge.ts';
import { mentionedIn, type Mentioning } from './mentions.ts';

/** What requests ask about, by tenant. */
export class Questions {
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

export type Knowledge = ReadonlyMap<string, TenantKnowledge>;

/** What was read about a tenant while its version stood at one number. */
class Remembered implements TenantKnowledge {
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
const mostRemembered = 100_000;

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
export class LoadKnowledge {
  private readonly remembered = new Map<string, Remembered>();

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  async for(questions: Questions): Promise<Knowledge> {
    const tenants = [...questions.tenants.keys()];
    const knowledge = await this.current(tenants);
    const members = missing(questions, knowledge, 'members');
    const addresses = missing(questions, knowledge, 'addresses');
    const fresh = tenants.filter((tenant) => !knowledge.get(tenant)!.complete);
    await Promise.all([
      this.readMembers(knowledge, members),
      this.readAddresses(knowledge, addresses),
      this.readTenants(knowledge, fresh),
    ]);
    this.forgetIfTooMuch();
    return knowledge;
  }

  /** What is remembered of each tenant, if it still holds; else a blank page. */
  private async current(tenants: string[]): Promise<Map<string, Remembered>> {
    const rows = await this.rows<[string, string]>('knowledge-versions', versionsSql, [tenants]);
    const versions = new Map(rows);
    const current = new Map<string, Remembered>();
    for (const tenant of tenants) {
      const version = versions.get(tenant) ?? 'never changed';
      let known = this.remembered.get(tenant);
      if (known?.version !== version) this.remembered.set(tenant, (known = new Remembered(version)));
      current.set(tenant, known);
    }
    return current;
  }

  private async readMembers(knowledge: Map<string, Remembered>, asked: Pairs): Promise<void> {
    const rows = await this.rows<PersonRow>('knowledge-members', membersSql, asked);
    for (const row of rows) knowledge.get(row[0])!.members.set(row[1], personOf(row));
    forEach(asked, (tenant, id) => setIfAbsent(knowledge.get(tenant)!.members, id));
  }

  private async readAddresses(knowledge: Map<string, Remembered>, asked: Pairs): Promise<void> {
    const [rows, unsubscribed] = await Promise.all([
      this.rows<PersonRow>('knowledge-addresses', addressesSql, asked),
      this.rows<[string, string, string]>('knowledge-unsubscribed', unsubscribedSql, asked),
    ]);
    for (const row of rows) knowledge.get(row[0])!.addresses.set(row[10], personOf(row));
    for (const [tenant, address, type] of unsubscribed) {
      const of = knowledge.get(tenant)!.unsubscribed;
      of.set(address, (of.get(address) ?? new Set()).add(type));
    }
    forEach(asked, (tenant, address) => setIfAbsent(knowledge.get(tenant)!.addresses, address));
  }

  private async readTenants(knowledge: Map<string, Remembered>, tenants: string[]): Promise<void> {
    const [installations, defaults] = await Promise.all([
      this.rows<InstallationRow>('knowledge-installations', installationsSql, [tenants]),
      this.rows<[string, Choices, Choices]>('knowledge-defaults', defaultsSql, [tenants]),
    ]);
    for (const tenant of tenants) {
      const known = knowledge.get(tenant)!;
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

  /** Those who still use a page keep theirs; the next batch begins with blank ones. */
  private forgetIfTooMuch(): void {
    let people = 0;
    for (const { members, addresses } of this.remembered.values()) people += members.size + addresses.size;
    if (people > mostRemembered) this.remembered.clear();
  }
}

type Pairs = [tenants: string[], values: string[]];

function missing(questions: Questions, knowledge: Map<string, Remembered>, kind: 'members' | 'addresses'): Pairs {
  const pairs: Pairs = [[], []];
  for (const [tenant, asked] of questions.tenants) {
    const known = knowledge.get(tenant)![kind];
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
