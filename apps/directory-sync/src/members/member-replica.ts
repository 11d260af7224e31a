// The replica of the members that products publish. Guarantees: the transaction that stores a member also links it to
// the Slack users that are stored, and publishes its recipient; a record that is read again changes nothing; a record
// that check-member-record.ts refuses goes to the dead letters.
import { memberChanged, normaliseEmail, type MemberState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { inTransaction } from '@carillon/persistence';
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
import type { Pool } from 'pg';
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
    await relink(client, await writeMembers<MemberRef>(client, changes));
  });
}

/** The key of every record that is stored has the form `tenantId:memberId`. */
function refOfKey(key: string): MemberRef {
  const tenantId = tenantOfKey(key) ?? '';
  return { tenantId, memberId: key.slice(tenantId.length + 1) };
}
