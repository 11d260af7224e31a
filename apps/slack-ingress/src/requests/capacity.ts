// How much the process holds at once: requests in work, and the bytes of their bodies. Guarantee: neither exceeds its
// limit, whatever arrives, so that a Kafka that is slow, or a flood, costs bounded memory.
export class Capacity {
  private requests = 0;
  private bytes = 0;

  constructor(private readonly most: { requests: number; bytes: number }) {}

  get inWork(): number {
    return this.requests;
  }

  /** Undefined where there is no room. */
  enter(): Share | undefined {
    if (this.requests >= this.most.requests) return undefined;
    this.requests++;
    let held = 0;
    return {
      take: (bytes) => {
        if (this.bytes + bytes > this.most.bytes) return false;
        this.bytes += bytes;
        held += bytes;
        return true;
      },
      leave: () => {
        this.requests--;
        this.bytes -= held;
        held = 0;
      },
    };
  }
}

/** What one request holds. */
export interface Share {
  /** False: there is no room for so many more bytes, and nothing was taken. */
  take(bytes: number): boolean;
  leave(): void;
}
