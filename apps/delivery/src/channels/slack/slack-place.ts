// The queue of a Slack destination: the lane is the workspace, the channel is what Slack counts its one message a
// second against; for a DM the person, for life.
import type { SlackDestination } from '@carillon/domain';
import type { QueuePlace } from '../../model/queue-place.ts';

export const slackPlace = ({ teamId, channel, users = [] }: SlackDestination): QueuePlace => ({
  lane: teamId,
  channel: channel ?? `group:${[...users].sort().join(',')}`,
});
