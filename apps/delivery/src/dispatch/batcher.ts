// One statement at a time for many callers: what is added while a statement runs goes together into the next one.
// Batches grow with the load and disappear without it; nothing waits for a timer.

export class Batcher<T> {
  private waiting: T[] = [];
  private running = false;

  /** `run` must not throw: it handles its own failures. */
  constructor(
    private readonly run: (items: T[]) => Promise<void>,
    private readonly most = 500,
  ) {}

  get idle(): boolean {
    return !this.running;
  }

  add(item: T): void {
    this.waiting.push(item);
    if (this.running) return;
    this.running = true;
    // A microtask later, so that everything that the present event adds goes together.
    queueMicrotask(() => void this.work());
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const items = this.waiting.splice(0, this.most);
      await this.run(items);
    }
    this.running = false;
  }
}
