/** At most so many calls in any trailing minute. It stores the times of the calls of the last minute. */
const lengthMs = 60_000;

export class TrailingWindow {
  #taken: number[] = [];
  #oldest = 0;

  /** Milliseconds to wait until one may be taken; 0 when it was. */
  take(most: number, now: number): number {
    while (this.#oldest < this.#taken.length && this.#taken[this.#oldest]! <= now - lengthMs) this.#oldest += 1;
    if (this.#oldest > 1000 && this.#oldest * 2 > this.#taken.length) {
      this.#taken = this.#taken.slice(this.#oldest);
      this.#oldest = 0;
    }
    if (this.#taken.length - this.#oldest >= most) return this.#taken[this.#oldest]! + lengthMs - now;
    this.#taken.push(now);
    return 0;
  }
}
