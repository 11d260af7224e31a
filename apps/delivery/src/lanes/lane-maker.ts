// Lanes with the pace of what they carry: Slack's limits for workspaces, the mail server's for e-mail.
import type { Config } from '../config.ts';
import type { Grant } from './grants.ts';
import { Lane } from './lane.ts';
import { isEmailLane } from './lane-id.ts';
import { monotonicNow, PostingPace } from './pacing.ts';

export function laneMaker(config: Config): (grant: Grant) => Lane {
  return ({ laneId, epoch, postingPerMinute }) => {
    const now = monotonicNow();
    if (isEmailLane(laneId)) {
      const pace = new PostingPace(config.EMAIL_PER_MINUTE, 1, config.EMAIL_PER_MINUTE, now);
      return new Lane(laneId, epoch, pace, { perSecond: 0, burst: 1 });
    }
    const perMinute = config.WORKSPACE_PER_MINUTE === 0 ? 0 : (postingPerMinute ?? config.WORKSPACE_PER_MINUTE);
    const pace = new PostingPace(perMinute, config.WORKSPACE_BURST, config.WORKSPACE_MOST_PER_MINUTE, now);
    return new Lane(laneId, epoch, pace, { perSecond: config.CHANNEL_PER_SECOND, burst: config.CHANNEL_BURST });
  };
}
