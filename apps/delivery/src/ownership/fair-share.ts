// Who should own how many lanes, purely: an even split over the living processes, without anybody asking anybody.
// Where it does not come out even, the first by id hold one more.

export interface FairShare {
  /** Free lanes to take now. */
  take: number;
  /** Lanes to hand back. */
  give: number;
}

export interface Holdings {
  total: number;
  mine: number;
  /** Lanes of nobody living. */
  free: number;
}

/**
 * With every process asking the same question about the same living, all lanes end up owned, and then nothing moves.
 */
export function fairShare({ total, mine, free }: Holdings, podId: string, living: readonly string[]): FairShare {
  const processes = Math.max(1, living.length);
  const place = [...living].sort().indexOf(podId);
  const most = Math.floor(total / processes) + (place < total % processes ? 1 : 0);
  return { take: Math.max(0, Math.min(free, most - mine)), give: Math.max(0, mine - most) };
}
