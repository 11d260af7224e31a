// The replicas of this service that are compared with their topics, and what is done about a key that is missing there.
import { installationChanged, recipientChanged, type Topic } from '@carillon/domain';
import { replicaSweep } from '@carillon/runtime';
import { ApplyInstallations } from './apply-installations.ts';
import { ApplyRecipients } from './apply-recipients.ts';

/** The topics are named for specs that have topics of their own. */
export const preferencesSweep = (
  topics: { recipients: Topic; installations: Topic } = {
    recipients: recipientChanged,
    installations: installationChanged,
  },
) =>
  replicaSweep('preferences', [ApplyRecipients, ApplyInstallations], (recipients, installations) => [
    recipients.replica.swept(topics.recipients),
    installations.replica.swept(topics.installations),
  ]);
