// What a process remembers of the tenants' contexts between batches. Guarantees: memory is bounded, whatever the number
// of tenants and of their people. It forgets those first who were not asked for lately. `forgetUnused` is to be called
// after each batch.
import { TwoGenerations } from '../caches/two-generations.ts';
import { KnownTenant, type KnownAddress } from './known-tenant.ts';
import type { Person } from './resolution-context.ts';

/** Members and addresses, of all tenants together: some 50 MB. */
const mostRemembered = 100_000;

export type CachedTenant = KnownTenant<TwoGenerations<string, Person | null>, TwoGenerations<string, KnownAddress>>;

export class ContextCache {
  private readonly tenants = new Map<string, CachedTenant>();

  constructor(private readonly most = mostRemembered) {}

  get(tenant: string): CachedTenant | undefined {
    return this.tenants.get(tenant);
  }

  /** An empty one, at this version. */
  add(tenant: string, version: number): CachedTenant {
    const added: CachedTenant = new KnownTenant(
      version,
      new TwoGenerations<string, Person | null>(),
      new TwoGenerations<string, KnownAddress>(),
    );
    this.tenants.set(tenant, added);
    return added;
  }

  /** Members and addresses. */
  get size(): number {
    return [...this.tenants.values()].reduce((sum, { members, addresses }) => sum + members.size + addresses.size, 0);
  }

  /** Each generation may hold half of all; what a single batch adds beyond all is not remembered. */
  forgetUnused(): void {
    let young = 0;
    for (const { members, addresses } of this.tenants.values()) young += members.young + addresses.young;
    if (young <= this.most / 2) return;
    if (young > this.most) return this.tenants.clear();
    for (const [tenant, { members, addresses }] of this.tenants) {
      const used = members.young + addresses.young > 0;
      members.age();
      addresses.age();
      if (!used) this.tenants.delete(tenant);
    }
  }
}
