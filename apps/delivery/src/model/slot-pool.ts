// Shares a fixed number of slots among holders by a dynamic threshold (Choudhury and Hahne, 1998): a holder may hold at
// most as many slots as are free. Three eighths of the slots go to holders that have none, one each: the threshold
// looks at the present, and holders that took much while few were there may keep it for long. Guarantees: a holder
// that is alone gets half of the slots; with n busy holders each gets about an equal share of five eighths at most; a
// holder that comes anew finds a slot at once, unless more holders than three eighths of the slots never give theirs
// back.

export class SlotPool<Holder> {
  private readonly held = new Map<Holder, number>();
  private used = 0;
  private readonly keptForFirst: number;

  constructor(readonly capacity: number) {
    this.keptForFirst = Math.floor((capacity * 3) / 8);
  }

  get free(): number {
    return this.capacity - this.used;
  }

  heldBy(holder: Holder): number {
    return this.held.get(holder) ?? 0;
  }

  /** How many slots the holder may take now. */
  roomFor(holder: Holder): number {
    const held = this.heldBy(holder);
    const first = held === 0 && this.free > 0 ? 1 : 0;
    const shared = Math.min(Math.floor((this.free - held + 1) / 2), this.free - this.keptForFirst);
    return Math.max(first, shared);
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
