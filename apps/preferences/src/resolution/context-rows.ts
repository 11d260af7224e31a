// The statements that read people, installations and defaults of many tenants, one for each kind of row, and what they
// become. Guarantees: a tenant gets only its own rows; of several members with one address it is always the same one.
import type { InstallationStateName, Link, SavedAudience } from '@carillon/domain';
import { defineStatement, rows } from '@carillon/persistence';
import {
  defaultsOf,
  memberChoicesOf,
  type StoredChannels,
  type StoredSettings,
} from '../preferences/stored-choices.ts';
import { readWorkflows, type ReadWorkflow } from '../workflows/workflow-rows.ts';
import type { Read } from './context-changes.ts';
import type { KnownAddress, TenantSettings } from './known-tenant.ts';
import type { KnownInstallation, Person } from './resolution-context.ts';

const selectDestinations = defineStatement({
  name: 'context-destinations',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT tenant_id, destination_id, name, audience FROM destination WHERE tenant_id = ANY(${p.tenantIds}) AND NOT deleted`,
});

/** Of `recipient r` and `withChoices`. */
export const personColumns = `r.tenant_id, r.member_id, r.email, r.name, r.active, r.links, r.time_zone, r.locale,
  p.slack_off, p.types, p.categories, p.settings,
  ARRAY(SELECT u.type FROM unsubscription u
        WHERE u.tenant_id = r.tenant_id AND u.recipient IN ('member:' || r.member_id, 'email:' || r.email_key)) AS unsubscribed`;
export const withChoices = `LEFT JOIN member_preferences p ON p.tenant_id = r.tenant_id AND p.member_id = r.member_id`;

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

// Of several members with one address the active one counts, then the first by id: the same one each time. Each address
// is read by the indexes, whatever the planner thinks of the arrays: a LIMIT keeps the subquery as it is.
const selectAddresses = defineStatement({
  name: 'context-addresses',
  parameters: { asked: rows({ tenantId: 'text', emailKey: 'text' }) },
  text: (p) => `
SELECT person.*, asked.tenant_id, asked.email_key,
       ARRAY(SELECT u.type FROM unsubscription u
             WHERE u.tenant_id = asked.tenant_id AND u.recipient = 'email:' || asked.email_key)
  FROM ${p.asked.as('asked')}
  LEFT JOIN LATERAL (
    SELECT ${personColumns}
      FROM recipient r ${withChoices}
     WHERE r.tenant_id = asked.tenant_id AND r.email_key = asked.email_key AND NOT r.deleted
     ORDER BY r.active DESC, r.member_id LIMIT 1) AS person ON true`,
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
  text: (p) => `
SELECT tenant_id, types, categories, settings FROM organisation_defaults WHERE tenant_id = ANY(${p.tenantIds})`,
});

export type PersonRow = [
  string,
  string,
  string,
  string,
  boolean,
  Link[],
  string | null,
  string | null,
  boolean | null,
  StoredChannels | null,
  StoredChannels | null,
  StoredSettings | null,
  string[],
];
const columnsOfPerson = 13 satisfies PersonRow['length'];
type DestinationRow = [tenantId: string, id: string, name: string, to: SavedAudience[]];
type DefaultsRow = [string, StoredChannels, StoredChannels, StoredSettings | null];
type InstallationRow = [string, string, InstallationStateName, string | null, string | null, string[] | null];

/** Members or addresses, with the tenant of each: one array per column. */
export interface Pairs {
  tenantId: string[];
  values: string[];
}

/** Who is not among them does not exist. */
export async function readMembers(read: Read, { tenantId, values: memberId }: Pairs): Promise<[string, Person][]> {
  if (tenantId.length === 0) return [];
  const found = await read<PersonRow>(selectMembers({ asked: { tenantId, memberId } }));
  return found.map((row) => [row[0], personOf(row)]);
}

export interface FoundAddress extends KnownAddress {
  tenant: string;
  address: string;
}

/** Each address that was asked for. */
export async function readAddresses(read: Read, { tenantId, values: emailKey }: Pairs): Promise<FoundAddress[]> {
  if (tenantId.length === 0) return [];
  const found = await read<unknown[]>(selectAddresses({ asked: { tenantId, emailKey } }));
  return found.map((row) => {
    const [tenant, address, types] = row.slice(columnsOfPerson) as [string, string, string[]];
    const person = row[1] === null ? null : personOf(row as unknown as PersonRow);
    return { tenant, address, person, unsubscribed: types.length > 0 ? new Set(types) : undefined };
  });
}

/** Its workflows are not ready to run yet. */
export type ReadSettings = Omit<TenantSettings, 'workflows'> & { workflows: readonly ReadWorkflow[] };

export async function readSettings(read: Read, tenantIds: string[]): Promise<Map<string, ReadSettings>> {
  if (tenantIds.length === 0) return new Map();
  const [installations, defaults, workflows, destinations] = await Promise.all([
    read<InstallationRow>(selectInstallations({ tenantIds })),
    read<DefaultsRow>(selectDefaults({ tenantIds })),
    readWorkflows(read, tenantIds),
    read<DestinationRow>(selectDestinations({ tenantIds })),
  ]);
  const saved = Map.groupBy(destinations, ([tenant]) => tenant);
  return new Map(
    tenantIds.map((tenant) => {
      const chosen = defaults.find(([of]) => of === tenant);
      return [
        tenant,
        {
          installations: installations.filter((row) => row[0] === tenant).map(installationOf),
          workflows: workflows.get(tenant) ?? [],
          destinations: new Map(saved.get(tenant)?.map(([, id, name, to]) => [id, { name, to }])),
          defaults: chosen && defaultsOf({ types: chosen[1], categories: chosen[2], settings: chosen[3] }),
        },
      ];
    }),
  );
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

export function personOf([
  ,
  memberId,
  email,
  name,
  active,
  links,
  timeZone,
  locale,
  slackOff,
  types,
  categories,
  settings,
  unsubscribed,
]: readonly [...PersonRow, ...unknown[]]): Person {
  const choices =
    types && categories ? memberChoicesOf({ slackOff: slackOff === true, types, categories, settings }) : undefined;
  return {
    memberId,
    email,
    name,
    active,
    links,
    timeZone: timeZone ?? undefined,
    locale: locale ?? undefined,
    choices,
    unsubscribed: unsubscribed.length > 0 ? new Set(unsubscribed) : undefined,
  };
}
