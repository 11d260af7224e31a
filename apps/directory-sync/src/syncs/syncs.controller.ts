// Asking for a sync and watching it. Guarantees: a request is in the audit log, in the transaction that stores it.
import { inTransaction } from '@carillon/persistence';
import { AuditLog, Caller, DATABASE, notFound, Problem, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Pool } from 'pg';
import { installationOfTenant } from '../installations/installation-of-tenant.ts';
import { SyncRunner } from './sync-runner.ts';
import { findSync, hurrySync, wantSyncs, type SyncView } from './sync-table.ts';

@Controller('v1')
@Roles('admin', 'security_admin', 'owner')
export class SyncsController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly runner: SyncRunner,
    private readonly audit: AuditLog,
  ) {}

  /** An unfinished sync is not started twice: its id is the answer. */
  @Post('installations/:id/syncs')
  @HttpCode(202)
  async want(@Caller() caller: Identity, @Param('id') id: string): Promise<{ id: string }> {
    const installation = await installationOfTenant(this.pool, tenantOf(caller), id);
    if (installation.state !== 'active')
      throw new Problem(409, 'Conflict', `the installation is ${installation.state}; connect Slack again first`);
    for (;;) {
      const sync = await inTransaction(this.pool, async (client) => {
        await wantSyncs(client, [installation], 'requested');
        const wanted = await hurrySync(client, installation.installationId);
        if (wanted === undefined) return undefined;
        const { installationId, tenantId } = installation;
        await this.audit.record(client, caller, {
          action: 'sync.requested',
          subject: `installation:${installationId}`,
          tenantId,
          detail: { sync: wanted },
        });
        return wanted;
      });
      // It ended between the two statements.
      if (sync === undefined) continue;
      this.runner.wake();
      return { id: sync };
    }
  }

  @Get('syncs/:id')
  async show(@Caller() caller: Identity, @Param('id') id: string): Promise<SyncView> {
    const sync = await findSync(this.pool, tenantOf(caller), id);
    if (!sync) throw notFound('this sync');
    return sync;
  }
}
