// How many notifications of a tenant are taken by REST: a token bucket per tenant, in this process. Guarantees: tenants
// are counted apart, so nobody waits for another's flood; an item that is refused here costs nothing, any other one
// costs one whatever becomes of it, and one more for each millisecond that it takes to check. A batch larger than the
// burst is taken while the bucket is full, and is paid for by the time after it.
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, mayAccess, Problem, Tenants, type Identity } from '@carillon/runtime';
import type { Config } from '../config.ts';
import { quotaOf } from '../quota/tenant-quota.ts';
import { TokenBuckets } from '../quota/token-buckets.ts';
import { namedBy } from './posted-item.ts';

@Injectable()
export class IngestLimits {
  private readonly buckets: TokenBuckets;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly tenants: Tenants,
  ) {
    const { INGEST_NOTIFICATIONS_PER_SECOND: requestsPerSecond, INGEST_BURST: burst } = config;
    this.buckets = new TokenBuckets(quotaOf(tenants, { requestsPerSecond, burst }));
  }

  /** For each item the problem with its tenant's rate, or undefined. All items of one tenant are treated alike. */
  check(items: readonly unknown[], caller: Identity): (Problem | undefined)[] {
    const tenants = items.map((item) => this.tenantOf(item, caller));
    const counts = new Map<string, number>();
    for (const tenant of tenants) if (tenant !== undefined) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    const problems = new Map<string, Problem>();
    const nowMs = performance.now();
    for (const [tenant, count] of counts)
      if (!this.buckets.take(tenant, count, nowMs))
        problems.set(tenant, tooMany(tenant, this.buckets.waitMs(tenant, count, nowMs)));
    return tenants.map((tenant) => (tenant === undefined ? undefined : problems.get(tenant)));
  }

  /** What checking an item took. */
  charge(item: unknown, caller: Identity, ms: number): void {
    const tenant = ms < 1 ? undefined : this.tenantOf(item, caller);
    if (tenant !== undefined) this.buckets.charge(tenant, Math.floor(ms), performance.now());
  }

  /** Nobody uses up the rate of a tenant that they may not publish for. */
  private tenantOf(item: unknown, caller: Identity): string | undefined {
    const named = namedBy(item, 'tenantId');
    const tenant = named !== undefined && mayAccess(caller, named) ? named : caller.tenantId;
    return tenant !== undefined && this.tenants.has(tenant) ? tenant : undefined;
  }
}

function tooMany(tenant: string, waitMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const detail = `the tenant ${tenant} has reached its rate of notifications; send it again in ${seconds} s`;
  return new Problem(429, 'Too Many Requests', detail, undefined, { headers: { 'retry-after': String(seconds) } });
}
