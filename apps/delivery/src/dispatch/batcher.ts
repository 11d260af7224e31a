// One statement at a time for many callers: what arrives while one runs goes together into the next. Batches grow with
// the load and vanish without it; nothing waits for a timer.

export class Batcher<T> {
  private waiting: T[] = [];
  private running = false;
  private added = 0;
  private done = 0;
  private settling: { at: number; resolve: () => void }[] = [];

  /** `run` must not throw: what to do about a failure is its own business. */
  constructor(
    private readonly run: (items: T[]) => Promise<void>,
    private readonly most = 500,
  ) {}

  get size(): number {
    return this.waiting.length;
  }

  add(item: T): void {
    this.waiting.push(item);
    this.added++;
    if (this.running) return;
    this.running = true;
    // A microtask later, so that everything the present turn adds travels together.
    queueMicrotask(() => void this.work());
  }

  /** Resolves when everything that was added until now has run; what is added meanwhile is not waited for. */
  async settled(): Promise<void> {
    if (this.done < this.added) await new Promise<void>((resolve) => this.settling.push({ at: this.added, resolve }));
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const items = this.waiting.length <= this.most ? this.waiting : this.waiting.slice(0, this.most);
      this.waiting = this.waiting.length <= this.most ? [] : this.waiting.slice(this.most);
      await this.run(items);
      this.done += items.length;
      while (this.settling[0] && this.settling[0].at <= this.done) this.settling.shift()!.resolve();
    }
    this.running = false;
  }
}
