// The windows of bursts in memory, each with some messages that came earlier.
import { count, type BurstClaim, type BurstPosition, type BurstWindow } from '../bursts/burst-window.ts';

export class BurstsFake {
  private readonly windows = new Map<string, BurstWindow>();
  private readonly positions = new Map<string, BurstPosition>();

  /** @param earlier how many each window has counted already */
  constructor(private readonly earlier = 0) {}

  take(claims: readonly BurstClaim[], at: number): Promise<BurstPosition[]> {
    return Promise.resolve(claims.map((claim) => this.position(claim, at, true)));
  }

  look(claims: readonly BurstClaim[], at: number): Promise<BurstPosition[]> {
    return Promise.resolve(claims.map((claim) => this.position(claim, at, false)));
  }

  private position(claim: BurstClaim, at: number, stores: boolean): BurstPosition {
    const ofWindow = `${claim.tenantId} ${claim.type} ${claim.recipient}`;
    const ofCounted = `${claim.countedId} ${claim.recipient}`;
    const begun = { startedAt: at - 1_000, endsAt: at + 1_000, counted: this.earlier };
    const window = this.windows.get(ofWindow) ?? (this.earlier > 0 ? begun : undefined);
    const counted = count(window, this.positions.get(ofCounted), claim, at);
    if (stores && 'window' in counted) {
      this.windows.set(ofWindow, counted.window);
      this.positions.set(ofCounted, counted.position);
    }
    return counted.position;
  }
}
