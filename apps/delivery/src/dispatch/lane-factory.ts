// Lanes with the pace of what they carry: Slack's limits for workspaces, the mail server's for e-mail.
import type { ChannelKind } from '@carillon/domain';
import type { Config } from '../config.ts';
import type { Grant } from '../ownership/lane-assignments.ts';
import { Lane } from './lane.ts';
import { laneKindOf } from '../model/lane-id.ts';
import { MethodPaces, monotonicNow, type Rate } from './pacing.ts';
import { PostingPace, type PostingSettings } from './posting-pace.ts';

interface LanePace {
  /** All messages of the lane. */
  posting: PostingSettings;
  /** Each queue of the lane; 0 a second: no limit. */
  channels: Rate;
  methodsUnlimited: boolean;
}

export function laneMaker(config: Config): (grant: Grant) => Lane {
  const paceOf: Record<ChannelKind, LanePace> = {
    slack: {
      posting: {
        perMinute: config.WORKSPACE_PER_MINUTE,
        burst: config.WORKSPACE_BURST,
        mostPerMinute: config.WORKSPACE_MOST_PER_MINUTE,
      },
      channels: { perSecond: config.CHANNEL_PER_SECOND, burst: config.CHANNEL_BURST },
      methodsUnlimited: false,
    },
    email: {
      posting: { perMinute: config.EMAIL_PER_MINUTE, burst: 1, mostPerMinute: config.EMAIL_PER_MINUTE },
      channels: { perSecond: 0, burst: 1 },
      methodsUnlimited: true,
    },
  };
  return ({ laneId, epoch, learned, paused }) => {
    const now = monotonicNow();
    const { posting, channels, methodsUnlimited } = paceOf[laneKindOf(laneId)];
    const takenOver = epoch > 1;
    const pace = new PostingPace(posting, now, { learned: learned ?? undefined, takenOver });
    const lane = new Lane(laneId, epoch, pace, new MethodPaces(methodsUnlimited), channels, takenOver ? now : 0);
    lane.paused = paused;
    return lane;
  };
}
