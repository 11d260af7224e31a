// The replica of the members that products publish. Guarantees: the transaction that stores a member also links it to
// the Slack users that are stored, and publishes its recipient; a record that is read again changes nothing; a record
// that check-member-record.ts refuses goes to the dead letters; members who share an address with a changed one are
// linked anew in the same transaction.
import { memberChanged, normaliseEmail, type MemberState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { defineStatement, inTransaction, rows } from '@carillon/persistence';
import {
  DATABASE,
  newerRows,
  stateReplica,
  tenantOfKey,
  Tenants,
  type Change,
  type StateReplica,
} from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { lockTenants, relink, type MemberRef } from '../links/relink.ts';
import { memberRecordFault } from './check-member-record.ts';

@Injectable()
export class MemberReplica implements Handles<typeof memberChanged> {
  readonly replica: StateReplica<typeof memberChanged>;

  constructor(@Inject(DATABASE) pool: Pool, tenants: Tenants) {
    this.replica = stateReplica(pool, tenants, {
      topic: memberChanged,
      table: 'member',
      key: "tenant_id || ':' || member_id",
      keysNameTenants: true,
      versionsOptional: true,
      fault: (record) => memberRecordFault(record, tenants),
      store: (changes) => store(pool, changes),
    });
  }

  handle(batch: Batch<typeof memberChanged>): Promise<void> {
    return this.replica.handle(batch);
  }
}

const writeMembers = newerRows({
  table: 'member',
  key: 'tenant_id, member_id',
  columns: {
    tenantId: 'text',
    memberId: 'text',
    email: 'text',
    emailKey: 'text',
    name: 'text',
    locale: 'text?',
    timeZone: 'text?',
    roles: 'text?',
    active: 'boolean',
  },
  row: (state: MemberState | null, key) => ({
    ...refOfKey(key),
    email: state?.email ?? '',
    emailKey: state ? normaliseEmail(state.email) : '',
    name: state?.name ?? '',
    locale: state?.locale,
    timeZone: state?.timeZone,
    roles: state?.roles?.join(' '),
    active: state?.active ?? false,
  }),
  // No role contains a space.
  expressions: { roles: "string_to_array(roles, ' ')" },
  recordedAt: 'recorded_at',
  then: 'SELECT tenant_id AS "tenantId", member_id AS "memberId" FROM written',
});

async function store(pool: Pool, changes: readonly Change<MemberState>[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockTenants(
      client,
      changes.map(({ key }) => refOfKey(key).tenantId),
    );
    const before = await addressesOf(client, changes);
    const written = await writeMembers<MemberRef>(client, changes);
    await relink(client, [...written, ...(await namesakesOf(client, changes, before, written))]);
  });
}

interface Address {
  tenantId: string;
  emailKey: string;
}

const selectAddresses = defineStatement({
  parameters: { refs: rows({ tenantId: 'text', memberId: 'text' }) },
  text: (p) => `
SELECT DISTINCT tenant_id AS "tenantId", email_key AS "emailKey"
  FROM ${p.refs.as('ref')} JOIN member USING (tenant_id, member_id) WHERE NOT deleted`,
});

async function addressesOf(client: PoolClient, changes: readonly Change<MemberState>[]): Promise<Address[]> {
  return (await client.query<Address>(selectAddresses({ refs: changes.map(({ key }) => refOfKey(key)) }))).rows;
}

/**
 * The other active members with an address that a member has now or had before: whether two share it may have changed.
 * Two of each address are enough: where more than one does not change, they stay ambiguous whatever the others do.
 */
const selectNamesakes = defineStatement({
  parameters: {
    addresses: rows({ tenantId: 'text', emailKey: 'text' }),
    written: rows({ tenantId: 'text', memberId: 'text' }),
  },
  text: (p) => `
SELECT DISTINCT other.* FROM ${p.addresses.as('address')} CROSS JOIN LATERAL (
  SELECT m.tenant_id AS "tenantId", m.member_id AS "memberId" FROM member m
   WHERE m.tenant_id = address.tenant_id AND m.email_key = address.email_key AND m.active AND NOT m.deleted
     AND NOT EXISTS (SELECT FROM ${p.written.as('w')} WHERE w.tenant_id = m.tenant_id AND w.member_id = m.member_id)
   LIMIT 2) AS other`,
});

async function namesakesOf(
  client: PoolClient,
  changes: readonly Change<MemberState>[],
  before: readonly Address[],
  written: readonly MemberRef[],
): Promise<MemberRef[]> {
  const now = changes.flatMap(({ key, state }) =>
    state ? [{ tenantId: refOfKey(key).tenantId, emailKey: normaliseEmail(state.email) }] : [],
  );
  return (await client.query<MemberRef>(selectNamesakes({ addresses: [...before, ...now], written }))).rows;
}

/** The key of every record that is stored has the form `tenantId:memberId`. */
function refOfKey(key: string): MemberRef {
  const tenantId = tenantOfKey(key) ?? '';
  return { tenantId, memberId: key.slice(tenantId.length + 1) };
}
