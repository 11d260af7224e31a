// The queues of destinations, for specs that have no channels.
import type { EmailDestination, SlackDestination } from '@carillon/domain';
import { emailPlace } from '../channels/email/email-place.ts';
import { placesIn } from '../channels/index.ts';
import { slackPlace } from '../channels/slack/slack-place.ts';

export const placeOf = placesIn({
  slack: { laneOf: (_tenantId, to) => slackPlace(to as SlackDestination) },
  email: { laneOf: (tenantId, to) => emailPlace(tenantId, to as EmailDestination) },
});
