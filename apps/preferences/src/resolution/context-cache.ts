// What a process remembers of the tenants' contexts between batches. Guarantees: memory is bounded, whatever the number
// of tenants, of their people, workflows and destinations. It forgets first what was not asked for lately.
// `forgetUnused` is to be called after each batch.
import { TwoGenerations } from '../caches/two-generations.ts';
import { KnownTenant, type KnownAddress } from './known-tenant.ts';
import type { Person } from './resolution-context.ts';

/** Members and addresses of all tenants together, and what settings weigh: some 50 MB. */
const mostRemembered = 100_000;

export type CachedTenant = KnownTenant<TwoGenerations<string, Person | null>, TwoGenerations<string, KnownAddress>>;

export class ContextCache {
  private readonly tenants = new Map<string, CachedTenant>();
  /** Since the generations last aged. */
  private used = new Set<CachedTenant>();

  constructor(private readonly most = mostRemembered) {}

  get(tenant: string): CachedTenant | undefined {
    const found = this.tenants.get(tenant);
    if (found) this.used.add(found);
    return found;
  }

  /** An empty one, at this version. */
  add(tenant: string, version: number): CachedTenant {
    const added: CachedTenant = new KnownTenant(
      version,
      new TwoGenerations<string, Person | null>(),
      new TwoGenerations<string, KnownAddress>(),
    );
    this.tenants.set(tenant, added);
    this.used.add(added);
    return added;
  }

  /** In people. */
  get size(): number {
    let size = 0;
    for (const { members, addresses, weight } of this.tenants.values()) size += members.size + addresses.size + weight;
    return size;
  }

  /** Each generation may hold half of all; what a single batch adds beyond all is not remembered. */
  forgetUnused(): void {
    let young = 0;
    for (const { members, addresses, weight } of this.used) young += members.young + addresses.young + weight;
    if (young <= this.most / 2) return;
    if (young > this.most) this.tenants.clear();
    for (const [tenant, known] of this.tenants) {
      known.members.age();
      known.addresses.age();
      if (!this.used.has(known)) this.tenants.delete(tenant);
    }
    this.used = new Set();
  }
}
