// An installation as the API shows it to its tenant's admins.
import { capabilitiesOf, capabilityNames, installationState, installationStates } from '@carillon/domain';
import { z } from 'zod';
import { missingScopes } from '../scope-profiles/requested-scopes.ts';
import { present, stateOf } from './installation-events.ts';
import type { Installation } from './installation.entity.ts';

export const installationView = installationState.omit({ installationId: true }).extend({
  id: z.uuid(),
  /** `pending`: Slack granted it, and the person who began the connection has not confirmed it. */
  state: z.enum([...installationStates, 'pending']),
  /** What it can do with the scopes that Slack granted. */
  capabilities: z.array(z.enum(capabilityNames)),
  /** Slack has not confirmed yet that the tokens are revoked; the revocation is repeated. */
  revocationPending: z.boolean(),
  /**
   * Its token is there, but the key that sealed it is not in TOKEN_KEYS: nothing is sent until the key is back, or the
   * workspace is connected again.
   */
  keyMissing: z.boolean(),
  /** Scopes that the profile requests and Slack did not grant. */
  missingScopes: z.array(z.string()),
  botId: z.string().optional(),
  connectedBy: z.string(),
  authorizedAt: z.iso.datetime(),
});
export type InstallationView = z.output<typeof installationView>;

export const exampleInstallation: InstallationView = {
  id: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
  tenantId: 'acme',
  name: 'Acme',
  profile: 'invite_only',
  state: 'active',
  teamId: 'T012AB3CD',
  isEnterpriseInstall: false,
  appId: 'A012AB3CD',
  botUserId: 'U012AB3CD',
  scopes: ['chat:write', 'users:read'],
  teamName: 'Acme',
  installedAt: '2026-11-26T09:00:00.000Z',
  version: 1796400000000,
  capabilities: ['direct_messages', 'post_to_invited_channels'],
  revocationPending: false,
  keyMissing: false,
  missingScopes: [],
  connectedBy: 'ada',
  authorizedAt: '2026-11-26T09:00:00.000Z',
};

export function viewOf(
  installation: Installation,
  { revocationPending, keyMissing }: Pick<InstallationView, 'revocationPending' | 'keyMissing'>,
): InstallationView {
  const { installationId: id, ...state } = stateOf(installation);
  return {
    id,
    ...state,
    state: installation.state,
    capabilities: capabilitiesOf(installation.scopes),
    revocationPending,
    keyMissing,
    missingScopes: missingScopes(installation.profile, installation.scopes),
    ...present('botId', installation.botId),
    connectedBy: installation.connectedBy,
    authorizedAt: installation.authorizedAt.toISOString(),
  };
}
