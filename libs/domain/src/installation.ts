// The state of a Slack installation that services share. It never contains the bot token.
import { z } from 'zod';
import { storableText } from './storable.ts';
import { installationStates } from './enumerations.ts';
import { externalId, tenantId } from './external-ids.ts';
import { timestamp } from './timestamp.ts';

export const installationState = z.object({
  installationId: externalId,
  tenantId,
  name: storableText.min(1).max(100),
  profile: storableText,
  state: z.enum(installationStates),
  /** Slack's error or the admin's act that led to a state other than `active`. */
  stateReason: storableText.optional(),
  teamId: storableText.optional(),
  enterpriseId: storableText.optional(),
  isEnterpriseInstall: z.boolean(),
  /** The workspaces that an organisation-wide installation covers, once they are known. */
  teamIds: z.array(storableText).optional(),
  appId: storableText,
  botUserId: storableText,
  /** As Slack granted them, not as we asked. */
  scopes: z.array(storableText),
  teamName: storableText.optional(),
  teamDomain: storableText.optional(),
  iconUrl: storableText.optional(),
  installedAt: timestamp,
  /** The member who connected it, and that person's Slack user: they are offered their private channels. */
  connectedBy: externalId.optional(),
  connectedBySlackUser: storableText.optional(),
  version: z.int().min(0),
});
export type InstallationState = z.infer<typeof installationState>;

/** A state of a newer release holds the deliveries, as `lost` does: nothing is sent and nothing is cancelled. */
export const installationStateAsRead = installationState.extend({ state: z.enum(installationStates).catch('lost') });
