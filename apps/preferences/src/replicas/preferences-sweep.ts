// The replicas of this service that are compared with their topics, and what is done about a key that is missing there.
import {
  channelChanged,
  destinationChanged,
  installationChanged,
  recipientChanged,
  type Topic,
} from '@carillon/domain';
import { replicaSweep } from '@carillon/runtime';
import { ApplyChannels } from './apply-channels.ts';
import { ApplyDestinations } from './apply-destinations.ts';
import { ApplyInstallations } from './apply-installations.ts';
import { ApplyRecipients } from './apply-recipients.ts';

/** The topics are named for specs that have topics of their own. */
export const preferencesSweep = (
  topics: { recipients: Topic; installations: Topic; destinations: Topic; channels: Topic } = {
    recipients: recipientChanged,
    installations: installationChanged,
    destinations: destinationChanged,
    channels: channelChanged,
  },
) =>
  replicaSweep(
    'preferences',
    [ApplyRecipients, ApplyInstallations, ApplyDestinations, ApplyChannels],
    (recipients, installations, destinations, channels) => [
      recipients.replica.swept(topics.recipients),
      installations.replica.swept(topics.installations),
      destinations.replica.swept(topics.destinations),
      channels.replica.swept(topics.channels),
    ],
  );
