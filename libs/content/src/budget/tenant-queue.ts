// A queue that takes turns between tenants: first in, first out for each of them; of all tenants, the one that was
// served the longest ago is next. Guarantees: an item whose tenant has not been served lately waits for nobody else's
// queue; an item waits for at most one item of every other tenant after the first of its own. Taking costs a look at
// each tenant that has items.

interface Own<Item> {
  items: Set<Item>;
  /** The number of the turn in which it was last served; 0: not lately. */
  served: number;
}

/** Tenants without items that are remembered as served. */
const mostRemembered = 1_000;

export class TenantQueue<Item> {
  readonly #byTenant = new Map<string, Own<Item>>();
  #turn = 0;

  add(tenantId: string, item: Item): void {
    const own = this.#byTenant.get(tenantId);
    if (own) own.items.add(item);
    else this.#byTenant.set(tenantId, { items: new Set([item]), served: 0 });
  }

  take(): Item | undefined {
    let next: Own<Item> | undefined;
    for (const own of this.#byTenant.values())
      if (own.items.size > 0 && (next === undefined || own.served < next.served)) next = own;
    if (!next) return undefined;
    next.served = ++this.#turn;
    if (this.#byTenant.size > mostRemembered) this.#forget();
    for (const item of next.items) {
      next.items.delete(item);
      return item;
    }
    return undefined;
  }

  remove(tenantId: string, item: Item): void {
    this.#byTenant.get(tenantId)?.items.delete(item);
  }

  #forget(): void {
    for (const [tenantId, { items, served }] of this.#byTenant)
      if (items.size === 0 && served < this.#turn) this.#byTenant.delete(tenantId);
  }
}
