// The limits on write requests: one per caller, one per tenant, and those of routes with a limit of their own.
// Guarantees: reading is not limited here; a caller at its limit uses nothing of its tenant's; the answer says when to
// come back.
import { Problem } from '../http/problem.ts';
import { rateLimited } from '../metrics.ts';
import type { Rate } from './access.ts';
import type { Identity } from './identity.ts';
import { RateLimiter } from './rate-limiter.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export class RequestRates {
  private readonly callers: RateLimiter;
  private readonly tenants: RateLimiter;
  private readonly routes = new Map<string, RateLimiter>();

  constructor(limits: { caller: Rate; tenant: Rate }) {
    this.callers = new RateLimiter(limits.caller);
    this.tenants = new RateLimiter(limits.tenant);
  }

  /** @throws Problem 429 with Retry-After in whole seconds */
  check(caller: Identity, route: string, method: string, own: Rate | undefined): void {
    if (own === undefined && READS.has(method)) return;
    const who = JSON.stringify([caller.clientId, caller.memberId, caller.tenantIds]);
    this.refuseAfter('caller', own ? this.limiterOf(route, own).take(who) : this.callers.take(who));
    if (caller.tenantId !== undefined) this.refuseAfter('tenant', this.tenants.take(caller.tenantId));
  }

  private limiterOf(route: string, rate: Rate): RateLimiter {
    let limiter = this.routes.get(route);
    if (!limiter) this.routes.set(route, (limiter = new RateLimiter(rate)));
    return limiter;
  }

  private refuseAfter(limit: 'caller' | 'tenant', waitMs: number): void {
    if (waitMs === 0) return;
    rateLimited.inc({ limit });
    throw new Problem(429, 'Too Many Requests', `the limit of this ${limit} is reached`, undefined, {
      headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
    });
  }
}
