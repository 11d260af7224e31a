// Who should own how many lanes, purely: an even split over the living processes, moving as few lanes as possible.

export interface Share {
  /** Free lanes to take now. */
  take: number;
  /** Lanes to hand back. */
  give: number;
}

/** `free`: lanes of nobody living. With every process asking the same question, all lanes end up owned. */
export function shareOf(lanes: { total: number; mine: number; free: number }, livingProcesses: number): Share {
  const most = Math.ceil(lanes.total / Math.max(1, livingProcesses));
  return { take: Math.max(0, Math.min(lanes.free, most - lanes.mine)), give: Math.max(0, lanes.mine - most) };
}
