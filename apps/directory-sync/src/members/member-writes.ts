// Writes members to the topic that products with Kafka write to. Guarantees: a call ends after Kafka has stored the
// records and the audit log has the entry; a later call has a higher version.
import { emailAddress, memberChanged } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { Publisher } from '@carillon/messaging';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { AuditLog, DATABASE, tenantOf, type Identity } from '@carillon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { restSource } from './check-member-record.ts';

const { name, locale, timeZone, roles } = memberChanged.schema.shape;

export const member = z.object({
  email: emailAddress,
  name,
  locale,
  timeZone,
  roles,
  active: z.boolean().default(true),
});
export type GivenMember = z.output<typeof member> & { memberId: string };

/** The number of ids of 200 characters that fit in an audit entry. */
const mostIdsInAnEntry = 15;

const selectVersions = defineStatement({
  parameters: { tenantId: 'text', memberIds: 'text[]' },
  text: (p) => `
SELECT member_id AS "memberId", version FROM member
 WHERE tenant_id = ${p.tenantId} AND member_id = ANY(${p.memberIds})`,
});

@Injectable()
export class MemberWrites {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly publisher: Publisher,
    private readonly audit: AuditLog,
  ) {}

  /** The versions, in the order of the members. */
  async write(caller: Identity, members: readonly GivenMember[]): Promise<number[]> {
    const tenantId = tenantOf(caller);
    const known = await this.pool.query<{ memberId: string; version: string }>(
      selectVersions({ tenantId, memberIds: members.map((m) => m.memberId) }),
    );
    const versionOf = new Map(known.rows.map((row) => [row.memberId, Number(row.version)]));
    const now = nextInstant();
    const states = members.map((m) => ({
      ...m,
      tenantId,
      version: Math.max(now, (versionOf.get(m.memberId) ?? 0) + 1),
    }));
    await this.publisher.publish(
      memberChanged,
      states.map((data) => ({
        id: uuidv5(tenantId, data.memberId, String(data.version)),
        source: restSource,
        subject: data.memberId,
        data,
      })),
    );
    const memberIds = members.slice(0, mostIdsInAnEntry).map(({ memberId }) => memberId);
    const subject = members.length === 1 ? `member:${members[0]!.memberId}` : 'members';
    await inTransaction(this.pool, (client) =>
      this.audit.record(client, caller, {
        action: 'member.written',
        subject,
        tenantId,
        detail: { count: members.length, memberIds },
      }),
    );
    return states.map((state) => state.version);
  }
}

let lastInstant = 0;

/** Two calls within one millisecond get different versions, in their order. */
function nextInstant(): number {
  lastInstant = Math.max(lastInstant + 1, Date.now());
  return lastInstant;
}
