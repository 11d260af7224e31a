// The bytes of bodies that a process holds at once for one route. Guarantees: memory is bounded, whatever the number of
// requests; one tenant holds at most half, so that its flood leaves room for the others; what was taken is returned
// once. It does not count what a handler makes of a body.

/** A request without a body to speak of occupies memory too. */
const leastBytes = 4_096;

export class BodyBudget {
  private held = 0;
  private readonly heldByTenant = new Map<string, number>();

  constructor(private readonly bytes: number) {}

  /** Returns how to give the bytes back, or which limit is reached. */
  take(tenant: string, wanted: number): (() => void) | 'process' | 'tenant' {
    const bytes = Math.max(leastBytes, wanted);
    const ofTenant = (this.heldByTenant.get(tenant) ?? 0) + bytes;
    if (ofTenant > this.bytes / 2) return 'tenant';
    if (this.held + bytes > this.bytes) return 'process';
    this.held += bytes;
    this.heldByTenant.set(tenant, ofTenant);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.held -= bytes;
      const left = this.heldByTenant.get(tenant)! - bytes;
      if (left > 0) this.heldByTenant.set(tenant, left);
      else this.heldByTenant.delete(tenant);
    };
  }
}
