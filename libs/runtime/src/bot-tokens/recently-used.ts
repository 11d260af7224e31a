// A bounded cache. Guarantees: it holds at most `most` entries and drops the one that was not used for the longest
// time; an entry that was not used for `idleMs` is dropped at the next use of the cache. It has no timer: a cache that
// nobody uses keeps what it has, which `most` bounds.

export interface RecentlyUsedLimits {
  most: number;
  idleMs: number;
}

export class RecentlyUsed<V> {
  /** In the order of their last use, the oldest first. */
  private readonly entries = new Map<string, { value: V; usedAt: number }>();

  constructor(private readonly limits: RecentlyUsedLimits) {}

  get size(): number {
    return this.entries.size;
  }

  /** Counts as a use. */
  get(key: string): V | undefined {
    this.dropIdle();
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.usedAt = Date.now();
    return entry.value;
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, { value, usedAt: Date.now() });
    this.dropIdle();
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limits.most) return;
      this.entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  private dropIdle(): void {
    const idleSince = Date.now() - this.limits.idleMs;
    for (const [key, { usedAt }] of this.entries) {
      if (usedAt >= idleSince) return;
      this.entries.delete(key);
    }
  }
}
