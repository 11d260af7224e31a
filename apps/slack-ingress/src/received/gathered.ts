// Gathers what callers ask for while a call is running into the next call. Guarantees: one call at a time, with at most
// `most` items, in the order of their arrival; each caller gets the answer to its own item. `run` never rejects.
export class Gathered<Item, Answer> {
  private waiting: { item: Item; resolve: (answer: Answer) => void }[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly most: number,
    private readonly run: (items: readonly Item[]) => Promise<Answer[]>,
  ) {}

  add(item: Item): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push({ item, resolve });
      this.running ??= this.drain();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      // Requests of the same turn of the event loop share a call.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const batch = this.waiting.splice(0, this.most);
      const answers = await this.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, i) => resolve(answers[i]!));
    }
    this.running = undefined;
  }
}
