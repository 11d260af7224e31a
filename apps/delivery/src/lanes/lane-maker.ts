// Lanes with the pace of what they carry: Slack's limits for workspaces, the mail server's for e-mail.
import type { Config } from '../config.ts';
import type { Grant } from './grants.ts';
import { Lane } from './lane.ts';
import { isEmailLane } from './lane-id.ts';
import { MethodPaces, monotonicNow } from './pacing.ts';
import { PostingPace } from './posting-pace.ts';

export function laneMaker(config: Config): (grant: Grant) => Lane {
  const email = { perMinute: config.EMAIL_PER_MINUTE, burst: 1, mostPerMinute: config.EMAIL_PER_MINUTE };
  const slack = {
    perMinute: config.WORKSPACE_PER_MINUTE,
    burst: config.WORKSPACE_BURST,
    mostPerMinute: config.WORKSPACE_MOST_PER_MINUTE,
  };
  return ({ laneId, epoch, learned, paused }) => {
    const now = monotonicNow();
    const byEmail = isEmailLane(laneId);
    const takenOver = epoch > 1;
    const pace = new PostingPace(byEmail ? email : slack, now, { learned: learned ?? undefined, takenOver });
    const channels = byEmail
      ? { perSecond: 0, burst: 1 }
      : { perSecond: config.CHANNEL_PER_SECOND, burst: config.CHANNEL_BURST };
    const lane = new Lane(laneId, epoch, pace, new MethodPaces(byEmail), channels, takenOver ? now : 0);
    lane.paused = paused;
    return lane;
  };
}
