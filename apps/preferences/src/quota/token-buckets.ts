// How many requests of a tenant are decided at once: a token bucket per tenant, in this process. Guarantees: a tenant
// gets its rate and its burst in each process, independent of other tenants. Memory is a few numbers per tenant with
// requests. Processes share no bucket, because the queue in front of each process is what must stay short.

export interface Quota {
  requestsPerSecond: number;
  burst: number;
}

interface Bucket extends Quota {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly quotaOf: (tenantId: string) => Quota) {}

  /** Whether the tenant has this many tokens left, which are then gone. A bucket that is full always gives. */
  take(tenantId: string, tokens: number, nowMs: number): boolean {
    const bucket = this.bucketOf(tenantId, nowMs);
    if (bucket.tokens < tokens && bucket.tokens < bucket.burst) return false;
    bucket.tokens -= tokens;
    return true;
  }

  /** Takes them whether they are there or not: what follows waits the longer. */
  charge(tenantId: string, tokens: number, nowMs: number): void {
    if (tokens > 0) this.bucketOf(tenantId, nowMs).tokens -= tokens;
  }

  /** How long until it gives this many, where nothing else is taken. */
  waitMs(tenantId: string, tokens: number, nowMs: number): number {
    const bucket = this.bucketOf(tenantId, nowMs);
    const missing = Math.min(tokens, bucket.burst) - bucket.tokens;
    return Math.max(0, (missing / bucket.requestsPerSecond) * 1_000);
  }

  private bucketOf(tenantId: string, nowMs: number): Bucket {
    let bucket = this.buckets.get(tenantId);
    if (!bucket) {
      const quota = this.quotaOf(tenantId);
      this.buckets.set(tenantId, (bucket = { ...quota, tokens: quota.burst, at: nowMs }));
    }
    bucket.tokens = Math.min(bucket.burst, bucket.tokens + ((nowMs - bucket.at) / 1_000) * bucket.requestsPerSecond);
    bucket.at = nowMs;
    return bucket;
  }
}
