// An installation as the API shows it to its tenant's admins.
import { missingScopes } from '../scope-profiles/requested-scopes.ts';
import { present, stateOf } from './installation-events.ts';
import type { Installation } from './installation.entity.ts';

export type InstallationView = ReturnType<typeof viewOf>;

export function viewOf(installation: Installation) {
  const { installationId: id, ...state } = stateOf(installation);
  return {
    id,
    ...state,
    /** What the profile asks for and Slack did not grant. */
    missingScopes: missingScopes(installation.profile, installation.scopes),
    ...present('botId', installation.botId),
    connectedBy: installation.connectedBy,
    authorizedAt: installation.authorizedAt.toISOString(),
  };
}
