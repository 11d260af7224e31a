// What of this service's replicas is compared with their topics, and what follows from a key that is gone.
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
    {
      topic: topics.recipients,
      rows: 'SELECT key, version FROM recipient WHERE NOT deleted',
      forget: recipients.forget.bind(recipients),
    },
    {
      topic: topics.installations,
      rows: 'SELECT key, version FROM installation WHERE NOT deleted',
      forget: installations.forget.bind(installations),
    },
  ]);
