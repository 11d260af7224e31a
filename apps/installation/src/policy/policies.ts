// What a tenant demands of its installations. Promises: no row means no demands; a change is audited.
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { AuditEntry } from '../audit/audit-entry.entity.ts';
import type { Actor } from '../audit/actor.ts';
import { Policy } from './policy.entity.ts';

export const policyTerms = z.strictObject({
  /** Null: as many as they like. */
  maxInstallations: z.int().min(1).max(10_000).nullable(),
  /** Whoever authorises in Slack must be an admin of that workspace. */
  requireWorkspaceAdmin: z.boolean(),
});
export type PolicyTerms = z.infer<typeof policyTerms>;

@Injectable()
export class Policies {
  constructor(private readonly dataSource: DataSource) {}

  async get(tenantId: string, manager: EntityManager = this.dataSource.manager): Promise<PolicyTerms> {
    const row = await manager.findOneBy(Policy, { tenantId });
    return { maxInstallations: row?.maxInstallations ?? null, requireWorkspaceAdmin: row?.requireWorkspaceAdmin ?? false };
  }

  async put(tenantId: string, terms: PolicyTerms, actor: Actor): Promise<PolicyTerms> {
    await this.dataSource.transaction(async (manager) => {
      const before = await this.get(tenantId, manager);
      if (before.maxInstallations === terms.maxInstallations && before.requireWorkspaceAdmin === terms.requireWorkspaceAdmin) return;
      await manager.upsert(Policy, { tenantId, ...terms }, ['tenantId']);
      await manager.insert(AuditEntry, { tenantId, actor, action: 'policy.changed', before, after: terms });
    });
    return terms;
  }
}
