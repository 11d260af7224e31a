// Creates lanes with the limits of the channel that they carry.
import type { ChannelKind } from '@carillon/domain';
import { monotonicNow } from '../model/clock.ts';
import type { HeadBudget } from '../model/head-budget.ts';
import type { LaneAssignment } from '../model/lane-assignment.ts';
import { laneKindOf } from '../model/lane-id.ts';
import type { LaneLimits } from '../model/lane-limits.ts';
import { Lane } from './lane.ts';

export type CreateLane = (assignment: LaneAssignment) => Lane;

export const laneFactory =
  (channels: Readonly<Record<ChannelKind, { limits: LaneLimits }>>, budget: HeadBudget): CreateLane =>
  (assignment) =>
    new Lane(assignment, channels[laneKindOf(assignment.laneId)].limits, monotonicNow(), budget);
