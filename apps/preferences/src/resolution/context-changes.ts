// Reads what changed in the context of tenants since the versions that are known. Two statements serve all tenants of a
// batch: a short one for the versions, and one for the changes where a version is not the known one. Guarantees: a
// change of a person also names the person's present address, and one of an address the members who have it. An
// increment that no row explains (of a release that writes none, or of long ago) counts as a change of everything, and
// so do more changes than are worth naming.
import { defineStatement, rows, type BoundStatement } from '@carillon/persistence';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';

const memberPrefix = memberRecipient('');
const emailPrefix = emailRecipient('');

/** Reading more people again costs less than naming them. */
const mostNamed = 10_000;

export interface ContextChanges {
  /** The version that was known; none: nothing was. */
  since: number | undefined;
  version: number;
  /** Anything may have changed; the rest is empty. */
  everything: boolean;
  members: readonly string[];
  /** Normalised. */
  addresses: readonly string[];
  /** Installations or defaults. */
  settings: boolean;
}

const selectVersions = defineStatement({
  name: 'context-versions',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `SELECT tenant_id, version FROM context_version WHERE tenant_id = ANY(${p.tenantIds})`,
});

// Each part reads by an index whatever the planner thinks of the arrays: a LIMIT keeps the subquery as it is.
const selectChanges = defineStatement({
  name: 'context-changes',
  parameters: { asked: rows({ tenantId: 'text', since: 'bigint' }) },
  text: (p) => `
SELECT asked.tenant_id, coalesce(v.version, 0), change.version, change.recipient, change.member_id, change.email_key
  FROM ${p.asked.as('asked')}
  LEFT JOIN context_version v ON v.tenant_id = asked.tenant_id
  LEFT JOIN LATERAL (
    SELECT c.version, about.recipient, person.member_id, person.email_key
      FROM context_change c
      LEFT JOIN LATERAL unnest(c.recipients) AS about (recipient) ON true
      LEFT JOIN LATERAL (
        SELECT r.member_id, r.email_key FROM recipient r
         WHERE about.recipient LIKE '${memberPrefix}%' AND NOT r.deleted
           AND r.key = c.tenant_id || ':' || substr(about.recipient, ${memberPrefix.length + 1})
        UNION ALL
        SELECT r.member_id, r.email_key FROM recipient r
         WHERE about.recipient LIKE '${emailPrefix}%' AND NOT r.deleted
           AND r.tenant_id = c.tenant_id AND r.email_key = substr(about.recipient, ${emailPrefix.length + 1})
      ) person ON true
     WHERE c.tenant_id = asked.tenant_id AND c.version > asked.since AND c.version <= v.version
     LIMIT ${mostNamed + 1}) change ON true`,
});

type ChangeRow = [
  tenantId: string,
  version: string,
  change: string | null,
  recipient: string | null,
  memberId: string | null,
  emailKey: string | null,
];

export type Read = <Row extends unknown[]>(statement: BoundStatement) => Promise<Row[]>;

const nothing = { everything: false, members: [], addresses: [], settings: false } as const;

/** As if nothing else were known of the changes. `knownOf`: the version that is known. */
export async function readVersions(
  read: Read,
  tenantIds: readonly string[],
  knownOf: (tenant: string) => number | undefined,
): Promise<Map<string, ContextChanges>> {
  // What is known when the statement begins: another batch may learn more before it ends.
  const known = tenantIds.map(knownOf);
  const versions = new Map(await read<[string, string]>(selectVersions({ tenantIds })));
  return new Map(
    tenantIds.map((tenant, place) => {
      const [since, version] = [known[place], Number(versions.get(tenant) ?? 0)];
      return [tenant, { ...nothing, since, version, everything: since !== version }];
    }),
  );
}

/** `known`: versions by tenant. */
export async function readChanges(
  read: Read,
  known: ReadonlyMap<string, number>,
): Promise<Map<string, ContextChanges>> {
  const asked = { tenantId: [...known.keys()], since: [...known.values()] };
  const rowsOf = new Map<string, ChangeRow[]>();
  for (const row of await read<ChangeRow>(selectChanges({ asked }))) {
    const those = rowsOf.get(row[0]);
    if (those) those.push(row);
    else rowsOf.set(row[0], [row]);
  }
  return new Map([...rowsOf].map(([tenant, those]) => [tenant, changesOf(those, known.get(tenant)!)]));
}

function changesOf(those: readonly ChangeRow[], since: number): ContextChanges {
  const version = Number(those[0]![1]);
  if (since === version) return { ...nothing, since, version };
  const everything = { ...nothing, since, version, everything: true };
  const explained = new Set(those.map(([, , change]) => change)).size;
  if (version - since !== explained || those.length > mostNamed) return everything;
  const changes = {
    since,
    version,
    everything: false,
    members: [] as string[],
    addresses: [] as string[],
    settings: false,
  };
  for (const [, , change, recipient, memberId, emailKey] of those) {
    if (change === null) return everything;
    if (recipient === null) changes.settings = true;
    else if (recipient.startsWith(memberPrefix)) changes.members.push(recipient.slice(memberPrefix.length));
    else changes.addresses.push(recipient.slice(emailPrefix.length));
    if (memberId !== null) changes.members.push(memberId);
    if (emailKey !== null) changes.addresses.push(emailKey);
  }
  return changes;
}
