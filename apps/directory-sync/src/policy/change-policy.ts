// Changes the policy of a tenant, and links anew the members who have the address of a guest. Guarantees: a change is
// in the audit log; each step is a transaction of bounded size; a repetition finishes what a crash left, as the next
// sync of the tenant does.
import { defineStatement, inTransaction } from '@carillon/persistence';
import type { AuditCaller, AuditLog } from '@carillon/runtime';
import type { Pool } from 'pg';
import { lockTenants, relink, type MemberRef } from '../links/relink.ts';
import { policyOf, type DirectoryPolicy } from './directory-policy.ts';

const membersPerStep = 1_000;

export async function changePolicy(
  pool: Pool,
  audit: Pick<AuditLog, 'record'>,
  caller: AuditCaller,
  tenantId: string,
  policy: DirectoryPolicy,
): Promise<void> {
  await store(pool, audit, caller, tenantId, policy);
  await relinkGuests(pool, tenantId);
}

const upsertPolicy = defineStatement({
  parameters: { tenantId: 'text', guests: 'text', selfLink: 'boolean' },
  text: (p) => `
INSERT INTO directory_policy (tenant_id, guests, self_link) VALUES (${p.tenantId}, ${p.guests}, ${p.selfLink})
ON CONFLICT (tenant_id) DO UPDATE SET guests = excluded.guests, self_link = excluded.self_link`,
});

function store(
  pool: Pool,
  audit: Pick<AuditLog, 'record'>,
  caller: AuditCaller,
  tenantId: string,
  policy: DirectoryPolicy,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    await lockTenants(client, [tenantId]);
    const before = await policyOf(client, tenantId);
    if (before.guests === policy.guests && before.selfLink === policy.selfLink) return;
    await client.query(upsertPolicy({ tenantId, ...policy }));
    await audit.record(client, caller, {
      action: 'directory_policy.changed',
      subject: `directory_policy:${tenantId}`,
      tenantId,
      detail: { before, after: policy },
    });
  });
}

const selectMembersOfGuests = defineStatement({
  parameters: { tenantId: 'text', after: 'text' },
  text: (p) => `
SELECT tenant_id AS "tenantId", member_id AS "memberId" FROM member m
 WHERE tenant_id = ${p.tenantId} AND member_id > ${p.after} AND NOT deleted
   AND EXISTS (SELECT FROM installation i JOIN slack_user u USING (installation_id)
                WHERE i.tenant_id = m.tenant_id AND u.email_key = m.email_key AND u.guest IS NOT NULL)
 ORDER BY member_id LIMIT ${membersPerStep}`,
});

async function relinkGuests(pool: Pool, tenantId: string): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after;
    after = await inTransaction(pool, async (client) => {
      await lockTenants(client, [tenantId]);
      const { rows: members } = await client.query<MemberRef>(selectMembersOfGuests({ tenantId, after: from }));
      await relink(client, members);
      return members.length < membersPerStep ? undefined : members.at(-1)?.memberId;
    });
  }
}
