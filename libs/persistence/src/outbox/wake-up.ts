// A sleep that can be ended early. Promises: a wake() that comes while nobody sleeps is kept for the next sleep, so no
// wake-up is ever lost, and any number of them end one sleep.
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
