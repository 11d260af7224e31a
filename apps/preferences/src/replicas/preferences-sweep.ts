// The replicas of this service that are compared with their topics, and what is done about a key that is missing there.
import { destinationChanged, installationChanged, recipientChanged, type Topic } from '@carillon/domain';
import { replicaSweep } from '@carillon/runtime';
import { ApplyDestinations } from './apply-destinations.ts';
import { ApplyInstallations } from './apply-installations.ts';
import { ApplyRecipients } from './apply-recipients.ts';

/** The topics are named for specs that have topics of their own. */
export const preferencesSweep = (
  topics: { recipients: Topic; installations: Topic; destinations: Topic } = {
    recipients: recipientChanged,
    installations: installationChanged,
    destinations: destinationChanged,
  },
) =>
  replicaSweep(
    'preferences',
    [ApplyRecipients, ApplyInstallations, ApplyDestinations],
    (recipients, installations, destinations) => [
      recipients.replica.swept(topics.recipients),
      installations.replica.swept(topics.installations),
      destinations.replica.swept(topics.destinations),
    ],
  );
