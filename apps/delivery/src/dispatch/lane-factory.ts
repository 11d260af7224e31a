// Creates lanes with the limits of the channel that they carry.
import type { ChannelKind } from '@carillon/domain';
import { monotonicNow } from '../model/clock.ts';
import type { HeadBudget } from '../model/head-budget.ts';
import type { LaneAssignment } from '../model/lane-assignment.ts';
import { laneKindOf } from '../model/lane-id.ts';
import type { LaneLimits } from '../model/lane-limits.ts';
import { KindBreaker } from './breaker-kind.ts';
import { LaneBreaker } from './breaker-lane.ts';
import { Lane } from './lane.ts';

export type CreateLane = (assignment: LaneAssignment) => Lane;

/** The lanes of a kind share the breaker of the kind. */
export function laneFactory(
  channels: Readonly<Record<ChannelKind, { limits: LaneLimits }>>,
  budget: HeadBudget,
): CreateLane {
  const kinds = new Map<ChannelKind, KindBreaker>();
  const breakerOf = (kind: ChannelKind): LaneBreaker => {
    const ofKind = kinds.get(kind) ?? new KindBreaker();
    kinds.set(kind, ofKind);
    return new LaneBreaker(ofKind);
  };
  return (assignment) => {
    const kind = laneKindOf(assignment.laneId);
    return new Lane(assignment, channels[kind].limits, monotonicNow(), budget, breakerOf(kind));
  };
}
