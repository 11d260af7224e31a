// The replica of what the products say about their members. Promises: a member is linked, and its recipient published,
// in the transaction that stores it, from the Slack users already known; records read again change nothing; a record
// that may not be believed (check-member-record.ts) goes to the dead letters.
import { memberChanged, normaliseEmail, type MemberState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { defineStatement, inTransaction, rows } from '@carillon/persistence';
import { DATABASE, stateReplica, Tenants, type Change, type StateReplica } from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { lockTenants, relink, type MemberRef } from '../links/relink.ts';
import { memberRecordFault } from './check-member-record.ts';

type Newer = Change<MemberState> & { state: MemberState };

@Injectable()
export class MemberReplica implements Handles<typeof memberChanged> {
  readonly replica: StateReplica<typeof memberChanged>;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    tenants: Tenants,
  ) {
    this.replica = stateReplica(pool, tenants, {
      topic: memberChanged,
      table: 'member',
      key: "tenant_id || ':' || member_id",
      keysNameTenants: true,
      versionsOptional: true,
      fault: (record) => memberRecordFault(record, tenants),
      store: (changes) => this.store(changes),
    });
  }

  handle(batch: Batch<typeof memberChanged>): Promise<void> {
    return this.replica.handle(batch);
  }

  private async store(changes: readonly Change<MemberState>[]): Promise<void> {
    const states = changes.filter((change): change is Newer => change.state !== null);
    const gone = changes.filter(({ state }) => state === null);
    await inTransaction(this.pool, async (client) => {
      const refs = await refsOf(client, gone);
      await lockTenants(client, [...states.map(({ state }) => state.tenantId), ...refs.map((ref) => ref.tenantId)]);
      await relink(client, [...(await upsert(client, states)), ...(await remove(client, gone))]);
    });
  }
}

const returned = 'RETURNING member.tenant_id AS "tenantId", member.member_id AS "memberId"';

async function refsOf(client: PoolClient, gone: readonly Change<MemberState>[]): Promise<MemberRef[]> {
  if (gone.length === 0) return [];
  const found = await client.query<MemberRef>(
    `SELECT tenant_id AS "tenantId", member_id AS "memberId" FROM member WHERE tenant_id || ':' || member_id = ANY($1)`,
    [gone.map(({ key }) => key)],
  );
  return found.rows;
}

const upsertMembers = defineStatement({
  parameters: {
    members: rows({
      tenantId: 'text',
      memberId: 'text',
      email: 'text',
      emailKey: 'text',
      name: 'text',
      locale: 'text?',
      timeZone: 'text?',
      active: 'boolean',
      version: 'bigint?',
      recordedAt: 'bigint',
    }),
  },
  text: (p) => `
INSERT INTO member (${p.members.columns})
SELECT ${p.members.columns} FROM ${p.members.as('u')}
ON CONFLICT (tenant_id, member_id) DO UPDATE
  SET email = excluded.email, email_key = excluded.email_key, name = excluded.name, locale = excluded.locale,
      time_zone = excluded.time_zone, active = excluded.active, version = excluded.version,
      recorded_at = excluded.recorded_at, deleted = false
  WHERE excluded.version > member.version
${returned}`,
});

async function upsert(client: PoolClient, changes: readonly Newer[]): Promise<MemberRef[]> {
  if (changes.length === 0) return [];
  const members = changes.map(({ state, version, timestamp }) => ({
    tenantId: state.tenantId,
    memberId: state.memberId,
    email: state.email,
    emailKey: normaliseEmail(state.email),
    name: state.name,
    locale: state.locale,
    timeZone: state.timeZone,
    active: state.active,
    version,
    recordedAt: timestamp,
  }));
  return (await client.query<MemberRef>(upsertMembers({ members }))).rows;
}

const removeMembers = defineStatement({
  parameters: { gone: rows({ key: 'text', version: 'bigint?', timestamp: 'bigint' }) },
  text: (p) => `
UPDATE member
   SET deleted = true, email = '', email_key = '', name = '', locale = NULL, time_zone = NULL, active = false,
       version = greatest(member.version, gone.version), recorded_at = gone.timestamp
  FROM ${p.gone.as('gone')}
 WHERE member.tenant_id || ':' || member.member_id = gone.key AND NOT member.deleted
   AND CASE WHEN gone.version IS NULL THEN gone.timestamp >= member.recorded_at ELSE gone.version >= member.version END
${returned}`,
});

/** Keeps the version only, so that an older state read again is known to be older. */
async function remove(client: PoolClient, gone: readonly Change<MemberState>[]): Promise<MemberRef[]> {
  if (gone.length === 0) return [];
  return (await client.query<MemberRef>(removeMembers({ gone }))).rows;
}
