// Holds every tenant to its quota before a request is decoded: requests beyond it are deferred. Their offsets are
// recorded, and another consumer group reads and resolves them at a bounded rate (resolve-deferred.ts). Guarantees: a
// burst costs a tenant's neighbours a search per request, not a decision; what shares an ordering key stays in order,
// since a tenant's requests in a partition are deferred until those that were deferred before are resolved; nothing is
// lost when the process dies at any step, and what is resolved twice then has the same ids. Requests that turn out to
// take long are deferred as well, once the tenant has had its time of the chunk, and the time counts against the quota.
import { Inject, Injectable } from '@nestjs/common';
import type { Filtered, KafkaRecord, Place } from '@carillon/messaging';
import { CONFIG, Tenants } from '@carillon/runtime';
import { checkpoint } from '@carillon/telemetry';
import { requestsDeferred } from '../metrics.ts';
import type { Config } from '../config.ts';
import { DeferredRanges, type OffsetRange } from './deferred-ranges.ts';
import { costOf } from './request-cost.ts';
import { quotaOf } from './tenant-quota.ts';
import { TenantOfRecord } from './tenant-of-record.ts';
import { TokenBuckets } from './token-buckets.ts';
import { WorkShares } from './work-shares.ts';

@Injectable()
export class QuotaGate {
  private readonly buckets: TokenBuckets;
  private readonly tenantOf: TenantOfRecord;
  /** Of the chunk that is being handled, by partition. */
  private readonly shares = new Map<number, WorkShares>();

  constructor(
    @Inject(CONFIG) config: Config,
    tenants: Tenants,
    private readonly ranges: DeferredRanges,
  ) {
    const { QUOTA_REQUESTS_PER_SECOND: perSecond, QUOTA_BURST: burst } = config;
    this.tenantOf = new TenantOfRecord(tenants);
    this.buckets = new TokenBuckets(quotaOf(tenants, { requestsPerSecond: perSecond, burst }));
  }

  async filter(records: readonly KafkaRecord[], place: Place): Promise<Filtered> {
    const { partition } = place;
    const tenants = records.map((record) => this.tenantOf.of(record, place));
    const present = new Set(tenants);
    present.delete(undefined);
    const batch = { first: Number(records[0]!.offset), last: Number(records.at(-1)!.offset) };
    const firstDeferred = await this.ranges.firstOf(partition, present as Set<string>, batch);
    const admitted: KafkaRecord[] = [];
    const deferred = new Map<string, OffsetRange>();
    const shares = new WorkShares();
    const nowMs = performance.now();
    for (const [at, record] of records.entries()) {
      const tenant = tenants[at];
      if (tenant === undefined) admitted.push(record);
      else {
        const offset = Number(record.offset);
        const range = deferred.get(tenant);
        if (range) range.last = offset;
        else if (this.exceeds(tenant, record, offset, firstDeferred.get(tenant), nowMs))
          deferred.set(tenant, { first: offset, last: offset });
        else {
          admitted.push(record);
          shares.add(record, tenant);
        }
      }
    }
    this.shares.set(partition, shares);
    return {
      records: admitted,
      // After those before them were handled: what is repeated after a crash then follows what it followed before.
      afterwards: async () => {
        for (const [tenant, first] of shares.deferred()) {
          const last = Number(records[tenants.lastIndexOf(tenant)]!.offset);
          deferred.set(tenant, { first, last });
        }
        if (deferred.size > 0) {
          await this.ranges.extend(partition, deferred);
          checkpoint('quota.deferred');
          requestsDeferred.inc(records.length - admitted.filter((record) => !shares.defers(record)).length);
        }
        this.shares.delete(partition);
        for (const [tenant, ms] of shares.spent()) this.buckets.charge(tenant, Math.floor(ms), performance.now());
      },
    };
  }

  /** Of the time that the work on the chunk of this partition takes. */
  sharesOf(partition: number): WorkShares | undefined {
    return this.shares.get(partition);
  }

  /** What lies before the tenant's range was handled before, and comes again only after a crash. */
  private exceeds(
    tenant: string,
    { value }: KafkaRecord,
    offset: number,
    firstDeferred: number | undefined,
    nowMs: number,
  ): boolean {
    if (firstDeferred !== undefined) return offset >= firstDeferred;
    return !this.buckets.take(tenant, costOf(value!), nowMs);
  }
}
