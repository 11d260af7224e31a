// The quota of a tenant: its own of tenants.yaml, else the one of the configuration.
import type { Tenants } from '@carillon/runtime';
import type { Quota } from './token-buckets.ts';

/** Where a tenant's own quota names no burst: what it may request in so many seconds. */
const burstSeconds = 4;

export function quotaOf(tenants: Pick<Tenants, 'get'>, fallback: Quota): (tenantId: string) => Quota {
  return (tenantId) => {
    const own = tenants.get(tenantId)?.quota;
    if (!own) return fallback;
    const { requestsPerSecond, burst = Math.max(1, Math.ceil(burstSeconds * requestsPerSecond)) } = own;
    return { requestsPerSecond, burst };
  };
}
