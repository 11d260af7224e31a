// A cache that is bounded in entries. Guarantees: it holds at most `most` entries; an entry that is used stays while
// fewer than half of `most` others were used after it; a hit costs one or two lookups in a Map. It has no expiry.

export class BoundedCache<K, V extends NonNullable<unknown>> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.young.size + this.old.size;
  }

  /** `make` is called where the key is not remembered. */
  get(key: K, make: (key: K) => V): V {
    const found = this.young.get(key);
    if (found !== undefined) return found;
    const value = this.old.get(key) ?? make(key);
    this.old.delete(key);
    this.young.set(key, value);
    if (this.young.size >= this.most / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    return value;
  }
}
