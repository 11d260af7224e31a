// The progress of a start: a line with the time when a step is done, and a line every ten seconds while it is not.
export class Progress {
  readonly #started = performance.now();

  constructor(private readonly write: (line: string) => void = (line) => console.log(line)) {}

  static silent(): Progress {
    return new Progress(() => undefined);
  }

  note(line: string): void {
    this.write(line);
  }

  async step<T>(name: string, work: () => Promise<T>, describe?: (result: T) => string): Promise<T> {
    const started = performance.now();
    const beat = setInterval(() => this.write(`  …${seconds(started).padStart(8)}  ${name}`), 10_000);
    try {
      const result = await work();
      this.write(`  ✓${seconds(started).padStart(8)}  ${name}${describe ? `: ${describe(result)}` : ''}`);
      return result;
    } catch (error) {
      this.write(`  ✗${seconds(started).padStart(8)}  ${name}`);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  total(): string {
    return seconds(this.#started);
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
