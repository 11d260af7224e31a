// Selects the tenant whose deferred requests are resolved next: the one that was served least. Guarantees: a new tenant
// starts with the count of the one that was served least; it neither waits until the others' requests are resolved nor
// goes first until it has caught up. Memory is one number per tenant since the counts were last cleared.

/** Seldom reached: it takes this many tenants beyond their quotas. */
const mostTenants = 10_000;

export class TenantTurns {
  private readonly requests = new Map<string, number>();

  /** At least one tenant must be given. */
  next(tenants: Iterable<string>): string {
    const waiting = [...tenants];
    const known = waiting.flatMap((tenant) => this.requests.get(tenant) ?? []);
    const level = known.length === 0 ? 0 : Math.min(...known);
    if (this.requests.size >= mostTenants) this.requests.clear();
    let least = waiting[0]!;
    for (const tenant of waiting) {
      if (!this.requests.has(tenant)) this.requests.set(tenant, level);
      if (this.requests.get(tenant)! < this.requests.get(least)!) least = tenant;
    }
    return least;
  }

  served(tenant: string): void {
    this.requests.set(tenant, (this.requests.get(tenant) ?? 0) + 1);
  }
}
