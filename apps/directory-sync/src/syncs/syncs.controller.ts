// The routes that request a sync and show its progress. Guarantees: the request and its audit entry are one
// transaction.
import { z } from 'zod';
import { inTransaction } from '@carillon/persistence';
import {
  Answers,
  AuditLog,
  Caller,
  DATABASE,
  notFound,
  Problem,
  Roles,
  tenantOf,
  type Identity,
} from '@carillon/runtime';
import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { Pool } from 'pg';
import { installationOfTenant } from '../installations/installation-of-tenant.ts';
import { SyncRunner } from './sync-runner.ts';
import { findSync, makeSyncDue, requestSyncs, type SyncView } from './sync-table.ts';

const requestedSync = z.object({ id: z.uuid() });
/** SyncView as JSON. */
const syncView = z.object({
  id: z.uuid(),
  installationId: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  reason: z.string(),
  attempts: z.int(),
  /** Why it failed, or what it waits for. */
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  /** Since its start, until now or its end; with the pauses between attempts. */
  elapsedSeconds: z.int(),
  /** At the pace so far; null where no earlier sync tells how many users and channels there are. */
  estimatedSecondsLeft: z.int().nullable(),
  pages: z.int(),
  usersSeen: z.int(),
  channelsSeen: z.int(),
  linksChanged: z.int(),
} satisfies Record<keyof SyncView, z.ZodType>);
const exampleSync = {
  id: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10',
  installationId: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
  state: 'done' as const,
  reason: 'requested',
  attempts: 1,
  error: null,
  createdAt: '2026-11-26T09:00:00.000Z',
  startedAt: '2026-11-26T09:00:01.000Z',
  finishedAt: '2026-11-26T09:00:09.000Z',
  elapsedSeconds: 8,
  estimatedSecondsLeft: null,
  pages: 7,
  usersSeen: 1000,
  channelsSeen: 40,
  linksChanged: 12,
};

@Controller('v1')
@Roles('admin', 'security_admin', 'owner')
export class SyncsController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly runner: SyncRunner,
    private readonly audit: AuditLog,
  ) {}

  /** Where the installation has an unfinished sync, its id is returned. */
  @Post('installations/:id/syncs')
  @Answers({ body: requestedSync, example: { id: exampleSync.id }, problems: [409] })
  @HttpCode(202)
  async requestSync(@Caller() caller: Identity, @Param('id') id: string): Promise<{ id: string }> {
    const installation = await installationOfTenant(this.pool, tenantOf(caller), id);
    if (installation.state !== 'active')
      throw new Problem(409, 'Conflict', `the installation is ${installation.state}; connect Slack again first`);
    for (;;) {
      const sync = await inTransaction(this.pool, async (client) => {
        await requestSyncs(client, [installation], 'requested');
        const requested = await makeSyncDue(client, installation.installationId);
        if (requested === undefined) return undefined;
        const { installationId, tenantId } = installation;
        await this.audit.record(client, caller, {
          action: 'sync.requested',
          subject: `installation:${installationId}`,
          tenantId,
          detail: { sync: requested },
        });
        return requested;
      });
      // The unfinished sync ended between the two statements.
      if (sync === undefined) continue;
      this.runner.wake();
      return { id: sync };
    }
  }

  @Get('syncs/:id')
  @Answers({ body: syncView, example: exampleSync })
  async show(@Caller() caller: Identity, @Param('id') id: string): Promise<SyncView> {
    const sync = await findSync(this.pool, tenantOf(caller), id);
    if (!sync) throw notFound('this sync');
    return sync;
  }
}
