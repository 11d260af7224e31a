// A map that forgets in steps: two generations instead of an order of use. What is found in the old one moves to the
// young one, and `age` forgets the old one. Guarantee: a use costs one or two lookups. Who owns it says when it ages.
export class TwoGenerations<K, V extends NonNullable<unknown> | null> {
  private used = new Map<K, V>();
  private before = new Map<K, V>();

  get size(): number {
    return this.used.size + this.before.size;
  }

  get young(): number {
    return this.used.size;
  }

  get(key: K): V | undefined {
    const value = this.used.get(key);
    if (value !== undefined) return value;
    const old = this.before.get(key);
    if (old === undefined) return undefined;
    this.before.delete(key);
    this.used.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    this.before.delete(key);
    this.used.set(key, value);
  }

  delete(key: K): void {
    this.used.delete(key);
    this.before.delete(key);
  }

  clear(): void {
    this.used.clear();
    this.before.clear();
  }

  /** Forgets the old generation. */
  age(): void {
    this.before = this.used;
    this.used = new Map();
  }
}
