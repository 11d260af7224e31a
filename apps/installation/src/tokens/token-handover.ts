// Issues tokens to a service, with an audit entry. Guarantees: a token is returned only after its audit entry is
// stored, in the log of the tenant that owns the installation; the answer contains only tokens of installations that
// the caller named. Refused installations are counted per caller, tenant and reason, because services repeat their
// requests until an installation is connected. It does not decide which services may ask: SERVICE_CLIENTS does
// (docs/adr/0025).
import { AuditLog, type AuditAct, type Identity, type TokenAnswer } from '@carillon/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TokenIssue } from './token-issue.ts';

/** The most ids in an entry; beyond that it contains their number. */
const mostIdsInAnEntry = 50;

@Injectable()
export class TokenHandover {
  constructor(
    private readonly tokens: TokenIssue,
    private readonly audit: AuditLog,
    private readonly dataSource: DataSource,
  ) {}

  async handOver(caller: Identity, installationIds: readonly string[]): Promise<TokenAnswer> {
    const { issue, tenantOf } = await this.tokens.issue(installationIds);
    const acts = actsOf(issue, tenantOf, clientOf(caller));
    if (acts.length > 0) await this.dataSource.transaction((manager) => this.audit.record(manager, caller, ...acts));
    for (const { installationId, reason } of issue.unavailable) {
      const tenantId = tenantOf.get(installationId);
      this.audit.recordRefusal(
        { ...caller, ...(tenantId !== undefined && { tenantId }) },
        { route: 'POST /v1/tokens', reason: `installation_${reason}` },
      );
    }
    return issue;
  }
}

export const clientOf = (caller: Identity): string => caller.clientId ?? caller.memberId;

/** One entry per tenant. */
function actsOf({ tokens }: TokenAnswer, tenantOf: ReadonlyMap<string, string>, client: string): AuditAct[] {
  const byTenant = new Map<string, string[]>();
  for (const { installationId } of tokens) {
    const tenantId = tenantOf.get(installationId)!;
    byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), installationId]);
  }
  return [...byTenant].map(([tenantId, ids]) => ({
    action: 'token.issued',
    subject: ids.length === 1 ? `installation:${ids[0]!}` : 'installations',
    tenantId,
    detail: { client, count: ids.length, installationIds: ids.slice(0, mostIdsInAnEntry) },
  }));
}
