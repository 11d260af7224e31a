// The routes by which products without Kafka write members. Guarantees: the answer is sent after Kafka has stored the
// records and the audit log has the entry; a later call has a higher version; the tenant is one of the token's.
import { emailAddress, externalId, memberChanged } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { Publisher } from '@carillon/messaging';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { Answers, AuditLog, Caller, DATABASE, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { Body, Controller, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { restSource } from './check-member-record.ts';

const { name, locale, timeZone, roles } = memberChanged.schema.shape;

const member = z.object({
  email: emailAddress,
  name,
  locale,
  timeZone,
  roles,
  active: z.boolean().default(true),
});
const memberParam = z.object({ member: externalId });
const memberBatch = z.object({
  members: z
    .array(member.extend({ memberId: externalId }))
    .min(1)
    .max(1_000)
    .superRefine((members, context) => {
      const seen = new Set<string>();
      members.forEach(({ memberId }, at) => {
        if (seen.has(memberId))
          context.addIssue({ code: 'custom', path: [at, 'memberId'], message: 'appears twice in this batch' });
        seen.add(memberId);
      });
    }),
});

/** The number of ids of 200 characters that fit in an audit entry. */
const mostIdsInAnEntry = 15;

type GivenMember = z.output<typeof member> & { memberId: string };

const writtenMember = z.object({ memberId: z.string(), version: z.int() });
const acceptedMembers = z.object({ accepted: z.int() });

@Controller('v1/members')
@Roles('admin', 'security_admin', 'owner', 'product')
export class MembersController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly publisher: Publisher,
    private readonly audit: AuditLog,
  ) {}

  @Put(':member')
  @Answers({ body: writtenMember, example: { memberId: 'ada', version: 1796400000000 } })
  @HttpCode(202)
  async put(
    @Caller() caller: Identity,
    @Param({ schema: memberParam }) { member: memberId }: z.output<typeof memberParam>,
    @Body({ schema: member }) body: z.output<typeof member>,
  ): Promise<{ memberId: string; version: number }> {
    const [version] = await this.publish(caller, [{ ...body, memberId }]);
    return { memberId, version: version! };
  }

  @Post('batch')
  @Answers({ body: acceptedMembers, example: { accepted: 2 } })
  @HttpCode(202)
  async batch(
    @Caller() caller: Identity,
    @Body({ schema: memberBatch }) body: z.output<typeof memberBatch>,
  ): Promise<{ accepted: number }> {
    const versions = await this.publish(caller, body.members);
    return { accepted: versions.length };
  }

  private async publish(caller: Identity, members: readonly GivenMember[]): Promise<number[]> {
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

const selectVersions = defineStatement({
  parameters: { tenantId: 'text', memberIds: 'text[]' },
  text: (p) => `
SELECT member_id AS "memberId", version FROM member
 WHERE tenant_id = ${p.tenantId} AND member_id = ANY(${p.memberIds})`,
});

let lastInstant = 0;

/** Two calls within one millisecond get different versions, in their order. */
function nextInstant(): number {
  lastInstant = Math.max(lastInstant + 1, Date.now());
  return lastInstant;
}
