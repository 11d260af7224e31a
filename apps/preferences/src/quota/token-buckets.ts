// How many requests of a tenant are decided at once: a token bucket per tenant, in this process. Guarantees: a tenant
// gets its rate and its burst in each process, whatever others ask for; memory is a few numbers per tenant that was
// seen. Nothing is shared between processes: what is to be kept short is the queue in front of each of them.

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
    let bucket = this.buckets.get(tenantId);
    if (!bucket) {
      const quota = this.quotaOf(tenantId);
      this.buckets.set(tenantId, (bucket = { ...quota, tokens: quota.burst, at: nowMs }));
    }
    bucket.tokens = Math.min(bucket.burst, bucket.tokens + ((nowMs - bucket.at) / 1_000) * bucket.requestsPerSecond);
    bucket.at = nowMs;
    if (bucket.tokens < tokens && bucket.tokens < bucket.burst) return false;
    bucket.tokens -= tokens;
    return true;
  }
}
