/**
 * The requests of the app. The counters include all of them; the last 50,000 requests are kept one by one, so that a
 * benchmark does not fill the memory.
 */
export interface RequestItem {
  /** Epoch milliseconds of arrival. */
  at: number;
  method: string;
  team?: string | undefined;
  /** As the app sent it. */
  channel?: string | undefined;
  /** Whether the method took effect, whatever the answer was. */
  ok: boolean;
  error?: string | undefined;
  /** HTTP status; 0 when the connection was cut. */
  status: number;
  rateLimited: boolean;
  fault?: string | undefined;
}

interface Counter {
  ok: number;
  errors: number;
  rateLimited: number;
}

const kept = 50_000;

export class RequestLog {
  #items: RequestItem[] = [];
  #next = 0;
  readonly #counters = new Map<string, Map<string, Counter>>();

  reset(): void {
    this.#items = [];
    this.#next = 0;
    this.#counters.clear();
  }

  add(item: RequestItem): void {
    if (this.#items.length < kept) this.#items.push(item);
    else this.#items[this.#next % kept] = item;
    this.#next += 1;
    const counter = this.#counter(item.team ?? '', item.method);
    if (item.rateLimited) counter.rateLimited += 1;
    else if (item.ok) counter.ok += 1;
    else counter.errors += 1;
  }

  summary(filter: { method?: string | undefined; team?: string | undefined; items?: boolean | undefined }): object {
    const byMethod: Record<string, Counter> = {};
    let total = 0;
    for (const [team, methods] of this.#counters) {
      if (filter.team !== undefined && filter.team !== team) continue;
      for (const [method, counter] of methods) {
        if (filter.method !== undefined && filter.method !== method) continue;
        const sum = (byMethod[method] ??= { ok: 0, errors: 0, rateLimited: 0 });
        sum.ok += counter.ok;
        sum.errors += counter.errors;
        sum.rateLimited += counter.rateLimited;
        total += counter.ok + counter.errors + counter.rateLimited;
      }
    }
    if (filter.items === false) return { total, byMethod };
    const start = this.#next % kept;
    const inOrder = this.#next > kept ? [...this.#items.slice(start), ...this.#items.slice(0, start)] : this.#items;
    const items = inOrder.filter(
      (i) =>
        (filter.method === undefined || i.method === filter.method) &&
        (filter.team === undefined || i.team === filter.team),
    );
    return { total, byMethod, items };
  }

  #counter(team: string, method: string): Counter {
    let methods = this.#counters.get(team);
    if (methods === undefined) this.#counters.set(team, (methods = new Map<string, Counter>()));
    let counter = methods.get(method);
    if (counter === undefined) methods.set(method, (counter = { ok: 0, errors: 0, rateLimited: 0 }));
    return counter;
  }
}
