// `GET /v1/audit`: who changed or was refused what in this service, newest first; the same in every service that keeps
// an audit log. Guarantees: the tenant comes from the token. Only an operator, who belongs to no tenant, names one, or
// reads all of them.
import {
  auditAction,
  auditEntry,
  auditActorKinds,
  auditOutcomes,
  storableText,
  tenantId,
  timestamp,
  type AuditActor,
  type AuditEntry,
} from '@carillon/domain';
import { listAudit } from '@carillon/persistence';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { Roles } from '../auth/access.ts';
import { Caller, tenantOf, type Identity } from '../auth/identity.ts';
import { Answers, pageOfItems } from '../http/answers.ts';
import { decodeCursor, pageOf, pageQuery, type Page } from '../http/page.ts';
import { DATABASE } from '../platform/tokens.ts';

const instant = timestamp.transform((text) => new Date(text));

const actor = storableText.max(240).transform((text, context): Pick<AuditActor, 'kind' | 'id'> => {
  const at = text.indexOf(':');
  const kind = auditActorKinds.find((known) => known === text.slice(0, at));
  if (kind && at + 1 < text.length) return { kind, id: text.slice(at + 1) };
  context.addIssue({ code: 'custom', message: `must be a kind (${auditActorKinds.join(', ')}), a colon and an id` });
  return z.NEVER;
});

const auditQuery = z.strictObject({
  ...pageQuery,
  action: auditAction.optional(),
  /** `member:ada` */
  actor: actor.optional(),
  subject: storableText.min(1).max(300).optional(),
  outcome: z.enum(auditOutcomes).optional(),
  /** From this instant on. */
  since: instant.optional(),
  /** Before this instant. */
  until: instant.optional(),
  /** For operators: of this tenant only. The guard has looked at it. */
  tenantId: tenantId.optional(),
});

const position = z.tuple([timestamp, z.string().regex(/^\d{1,18}$/)]);

@Controller('v1/audit')
@Roles('owner', 'security_admin', 'operator')
export class AuditController {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  @Get()
  @Answers({
    body: pageOfItems(auditEntry),
    example: {
      items: [
        {
          id: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10',
          tenantId: 'acme',
          service: 'preferences',
          actor: { kind: 'member', id: 'ada', roles: ['admin'] },
          action: 'defaults.changed',
          outcome: 'done',
          subject: 'defaults:acme',
          detail: { fields: ['types'] },
          at: '2026-11-26T09:00:00.000Z',
        },
      ],
      nextCursor: null,
    },
  })
  async list(
    @Caller() caller: Identity,
    @Query({ schema: auditQuery }) query: z.output<typeof auditQuery>,
  ): Promise<Page<AuditEntry>> {
    const { limit, cursor, tenantId: _, ...filter } = query;
    const found = await listAudit(
      this.pool,
      { ...filter, tenantId: tenantFor(caller) },
      limit + 1,
      decodeCursor(position, cursor),
    );
    const page = pageOf(found, limit, (last) => last.position);
    return { ...page, items: page.items.map(({ entry }) => entry) };
  }
}

/** Undefined: all of them, for an operator who names none. */
const tenantFor = (caller: Identity): string | undefined =>
  caller.tenantId === undefined && caller.roles.includes('operator') ? undefined : tenantOf(caller);
