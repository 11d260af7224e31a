// A cache that is bounded in entries. Guarantees: it holds at most `most` entries; an entry that is used stays while
// fewer than half of `most` others were used after it; a hit costs one or two lookups in a Map. It has no expiry.
import { TwoGenerations } from './two-generations.ts';

export class BoundedCache<K, V extends NonNullable<unknown>> {
  private readonly entries = new TwoGenerations<K, V>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.entries.size;
  }

  /** `make` is called where the key is not remembered. */
  get(key: K, make: (key: K) => V): V {
    const found = this.entries.get(key);
    const value = found ?? make(key);
    if (found === undefined) this.entries.set(key, value);
    if (this.entries.young >= this.most / 2) this.entries.age();
    return value;
  }
}
