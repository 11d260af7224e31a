// Every change of a tenant's installations and policy, newest first.
import { Controller, Get, Query } from '@nestjs/common';
import { Caller, decodeCursor, pageOf, pageQuery, Roles, type Identity, type Page } from '@carillon/runtime';
import { DataSource, LessThan } from 'typeorm';
import { z } from 'zod';
import { Tenants } from '../tenants/tenants.ts';
import { AuditEntry } from './audit-entry.entity.ts';

const auditQuery = z.strictObject({ ...pageQuery, installation: z.uuid().optional() });
const position = z.string().regex(/^\d{1,18}$/);

export type AuditView = Omit<AuditEntry, 'tenantId' | 'at'> & { at: string };

@Controller('v1/audit')
@Roles('owner', 'security_admin')
export class AuditController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: Tenants,
  ) {}

  @Get()
  async list(@Caller() caller: Identity, @Query({ schema: auditQuery }) query: z.infer<typeof auditQuery>): Promise<Page<AuditView>> {
    const after = decodeCursor(position, query.cursor);
    const found = await this.dataSource.manager.find(AuditEntry, {
      where: {
        tenantId: this.tenants.of(caller),
        ...(query.installation && { installationId: query.installation }),
        ...(after && { id: LessThan(after) }),
      },
      order: { id: 'DESC' },
      take: query.limit + 1,
    });
    const page = pageOf(found, query.limit, (last) => last.id);
    return { ...page, items: page.items.map(({ tenantId: _, at, ...entry }) => ({ ...entry, at: at.toISOString() })) };
  }
}
