// When to look at something again: a binary heap of instants, so that thousands of lanes and channels need one timer.
// Promises: adding and taking cost O(log n); an item scheduled again supersedes its earlier instant.

interface Entry<T> {
  at: number;
  item: T;
}

export class WakeQueue<T> {
  private readonly heap: Entry<T>[] = [];
  private readonly instants = new Map<T, number>();

  get size(): number {
    return this.instants.size;
  }

  /** Wakes the item at `at` (ms on the monotonic clock) and forgets any other instant of it. */
  schedule(item: T, at: number): void {
    if (this.instants.get(item) === at) return;
    this.instants.set(item, at);
    this.heap.push({ at, item });
    this.rise(this.heap.length - 1);
  }

  cancel(item: T): void {
    this.instants.delete(item);
  }

  /** The earliest instant, or null when nothing waits. */
  next(): number | null {
    this.dropSuperseded();
    return this.heap[0]?.at ?? null;
  }

  /** Takes one item whose instant has come, or undefined. */
  due(now: number): T | undefined {
    this.dropSuperseded();
    const top = this.heap[0];
    if (!top || top.at > now) return undefined;
    this.removeTop();
    this.instants.delete(top.item);
    return top.item;
  }

  private dropSuperseded(): void {
    for (let top = this.heap[0]; top && this.instants.get(top.item) !== top.at; top = this.heap[0]) this.removeTop();
  }

  private removeTop(): void {
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private rise(index: number): void {
    const entry = this.heap[index]!;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.heap[parent]!.at <= entry.at) break;
      this.heap[index] = this.heap[parent]!;
      index = parent;
    }
    this.heap[index] = entry;
  }

  private sink(index: number): void {
    const entry = this.heap[index]!;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && this.heap[child + 1]!.at < this.heap[child]!.at) child++;
      if (this.heap[child]!.at >= entry.at) break;
      this.heap[index] = this.heap[child]!;
      index = child;
    }
    this.heap[index] = entry;
  }
}
