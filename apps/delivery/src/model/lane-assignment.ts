// A lane as it passes from one owner to the next.

/** What owners learned about the lane's posting limit. */
export interface LearnedRate {
  perMinute: number;
  /** Growth per minute of use, as a share. */
  step: number;
}

/** A lane that the database assigned to this process. */
export interface LaneAssignment {
  laneId: string;
  epoch: number;
  /** By former owners. */
  learned: LearnedRate | null;
  /** Methods that the other side blocked a former owner, with the ms from now, on the database's clock. */
  blockedForMs?: Readonly<Record<string, number>>;
  paused: boolean;
}

/** What an owner stores about a lane: for the next owner, and for whoever asks what a delivery waits for. */
export interface LaneSnapshot {
  id: string;
  learned: LearnedRate | null;
  /** Methods that the other side blocked, with the ms from now. */
  blockedForMs: Record<string, number>;
}
