// Whose deferred requests are resolved next: those of the tenant that was served least. Guarantees: a tenant that comes
// later begins level with the one that was served least, so it neither waits for all that the others had nor goes
// before them for as long; memory is a number per tenant that was seen since all turns were forgotten.

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
