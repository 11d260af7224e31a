// A sleep that can be ended early. Guarantees: a wake() without a sleep ends the next sleep at once, so none is lost;
// several calls of wake() end one sleep.
export class WakeUp {
  private pending = false;
  private sleeper: (() => void) | undefined;

  wake(): void {
    this.pending = true;
    this.sleeper?.();
  }

  async sleep(limitMs: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        this.sleeper = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.sleeper = undefined;
    }
    this.pending = false;
  }
}
