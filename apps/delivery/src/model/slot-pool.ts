// Shares a fixed number of slots among holders by a dynamic threshold (Choudhury and Hahne, 1998): a holder may hold at
// most as many slots as are free. Guarantees: a holder that is alone gets half of the slots; with n busy holders each
// gets about 1/(n + 1), and as much stays free, so a holder that comes anew finds a slot at once.

export class SlotPool<Holder> {
  private readonly held = new Map<Holder, number>();
  private used = 0;

  constructor(readonly capacity: number) {}

  get free(): number {
    return this.capacity - this.used;
  }

  heldBy(holder: Holder): number {
    return this.held.get(holder) ?? 0;
  }

  /** How many slots the holder may take now. The last free slots go to holders that have none. */
  roomFor(holder: Holder): number {
    const held = this.heldBy(holder);
    return held === 0 && this.free > 0
      ? Math.max(1, Math.floor((this.free + 1) / 2))
      : Math.max(0, Math.floor((this.free - held + 1) / 2));
  }

  take(holder: Holder, count = 1): void {
    if (count === 0) return;
    this.used += count;
    this.held.set(holder, this.heldBy(holder) + count);
  }

  release(holder: Holder): void {
    const left = this.heldBy(holder) - 1;
    if (left < 0) return;
    this.used--;
    if (left === 0) this.held.delete(holder);
    else this.held.set(holder, left);
  }
}
