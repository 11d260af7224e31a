// Reads and changes the policy of a tenant for its installations. Guarantees: a tenant without a row has no
// restrictions; a change is in the audit log.
import { AuditLog, type AuditCaller } from '@carillon/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { Policy } from './policy.entity.ts';

export const policyTerms = z.strictObject({
  /** Null: no limit. */
  maxInstallations: z.int().min(1).max(10_000).nullable(),
  /** The person who authorises in Slack must be an admin of the workspace. */
  requireWorkspaceAdmin: z.boolean(),
});
export type PolicyTerms = z.infer<typeof policyTerms>;

@Injectable()
export class Policies {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
  ) {}

  async get(tenantId: string, manager: EntityManager = this.dataSource.manager): Promise<PolicyTerms> {
    const row = await manager.findOneBy(Policy, { tenantId });
    return {
      maxInstallations: row?.maxInstallations ?? null,
      requireWorkspaceAdmin: row?.requireWorkspaceAdmin ?? false,
    };
  }

  async put(tenantId: string, terms: PolicyTerms, caller: AuditCaller): Promise<PolicyTerms> {
    await this.dataSource.transaction(async (manager) => {
      const before = await this.get(tenantId, manager);
      if (
        before.maxInstallations === terms.maxInstallations &&
        before.requireWorkspaceAdmin === terms.requireWorkspaceAdmin
      )
        return;
      await manager.upsert(Policy, { tenantId, ...terms }, ['tenantId']);
      await this.audit.record(manager, caller, {
        action: 'policy.changed',
        subject: `policy:${tenantId}`,
        tenantId,
        detail: { before, after: terms },
      });
    });
    return terms;
  }
}
