// The replica of what the products say about their members. Promises: a member is linked, and its recipient published,
// in the transaction that stores it, from the Slack users already known; records read again change nothing; a record
// that may not be believed (check-member-record.ts) goes to the dead letters.
import { memberChanged, normaliseEmail, type MemberState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { inTransaction, type GoneKey } from '@carillon/persistence';
import { DATABASE, Tenants } from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { lockTenants, relink, type MemberRef } from '../links/relink.ts';
import { memberRecordFault } from './check-member-record.ts';
import { newestMembers, type NewestMember } from './newest-members.ts';

const membersPerTransaction = 2_000;

@Injectable()
export class MemberReplica implements Handles<typeof memberChanged> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof memberChanged>): Promise<void> {
    const readable = batch.records.filter((record) => {
      const fault = memberRecordFault(record, this.tenants);
      if (fault) batch.reject(record, ...fault);
      return fault === undefined;
    });
    const newest = newestMembers(
      readable.map((r) => ({ key: r.key!, data: r.data, version: r.version, timestamp: r.timestamp })),
    );
    for (let from = 0; from < newest.length; from += membersPerTransaction) {
      await this.store(newest.slice(from, from + membersPerTransaction));
      await batch.heartbeat();
    }
  }

  /** Rows whose tombstone nobody saw: they go as if it had come with the row's own version. */
  async forget(gone: readonly GoneKey[]): Promise<void> {
    for (let from = 0; from < gone.length; from += membersPerTransaction) {
      const some = gone.slice(from, from + membersPerTransaction);
      await this.store(some.map(({ key, version }) => ({ key, version, data: null, timestamp: Date.now() })));
    }
  }

  private async store(newest: readonly NewestMember[]): Promise<void> {
    const states = newest.filter((n): n is NewestMember & { data: MemberState } => n.data !== null);
    const gone = newest.filter((n) => n.data === null);
    await inTransaction(this.pool, async (client) => {
      const refs = await refsOf(client, gone);
      await lockTenants(client, [...states.map((s) => s.data.tenantId), ...refs.map((r) => r.tenantId)]);
      await relink(client, [...(await upsert(client, states)), ...(await remove(client, gone))]);
    });
  }
}

const returned = 'RETURNING member.tenant_id AS "tenantId", member.member_id AS "memberId"';

async function refsOf(client: PoolClient, gone: readonly NewestMember[]): Promise<MemberRef[]> {
  if (gone.length === 0) return [];
  const found = await client.query<MemberRef>(
    `SELECT tenant_id AS "tenantId", member_id AS "memberId" FROM member WHERE tenant_id || ':' || member_id = ANY($1)`,
    [gone.map((g) => g.key)],
  );
  return found.rows;
}

async function upsert(
  client: PoolClient,
  states: readonly (NewestMember & { data: MemberState })[],
): Promise<MemberRef[]> {
  if (states.length === 0) return [];
  const changed = await client.query<MemberRef>(
    `INSERT INTO member (tenant_id, member_id, email, email_key, name, locale, time_zone, active, version, recorded_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::bigint[], $10::bigint[])
     ON CONFLICT (tenant_id, member_id) DO UPDATE
       SET email = excluded.email, email_key = excluded.email_key, name = excluded.name, locale = excluded.locale,
           time_zone = excluded.time_zone, active = excluded.active, version = excluded.version,
           recorded_at = excluded.recorded_at, deleted = false
       WHERE excluded.version > member.version
     ${returned}`,
    [
      states.map((s) => s.data.tenantId),
      states.map((s) => s.data.memberId),
      states.map((s) => s.data.email),
      states.map((s) => normaliseEmail(s.data.email)),
      states.map((s) => s.data.name),
      states.map((s) => s.data.locale ?? null),
      states.map((s) => s.data.timeZone ?? null),
      states.map((s) => s.data.active),
      states.map((s) => s.version),
      states.map((s) => s.timestamp),
    ],
  );
  return changed.rows;
}

/** Keeps the version only, so that an older state read again is known to be older. */
async function remove(client: PoolClient, gone: readonly NewestMember[]): Promise<MemberRef[]> {
  if (gone.length === 0) return [];
  const removed = await client.query<MemberRef>(
    `UPDATE member SET deleted = true, email = '', email_key = '', name = '', locale = NULL, time_zone = NULL, active = false,
            version = greatest(member.version, gone.version), recorded_at = gone.recorded_at
       FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS gone (key, version, recorded_at)
      WHERE member.tenant_id || ':' || member.member_id = gone.key AND NOT member.deleted
        AND CASE WHEN gone.version IS NULL THEN gone.recorded_at >= member.recorded_at ELSE gone.version >= member.version END
     ${returned}`,
    [gone.map((g) => g.key), gone.map((g) => g.version), gone.map((g) => g.timestamp)],
  );
  return removed.rows;
}
