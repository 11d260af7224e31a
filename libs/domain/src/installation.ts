// A Slack installation as every service may know it. The bot token is never part of it.
import { z } from 'zod';
import { externalId, installationStates, timestamp } from './words.ts';

export const installationState = z.object({
  installationId: externalId,
  tenantId: externalId,
  name: z.string().min(1).max(100),
  profile: z.string(),
  state: z.enum(installationStates),
  /** Slack's error or the admin's act that led to a state other than `active`. */
  stateReason: z.string().optional(),
  teamId: z.string().optional(),
  enterpriseId: z.string().optional(),
  isEnterpriseInstall: z.boolean(),
  appId: z.string(),
  botUserId: z.string(),
  /** As Slack granted them, not as we asked. */
  scopes: z.array(z.string()),
  teamName: z.string().optional(),
  teamDomain: z.string().optional(),
  iconUrl: z.string().optional(),
  installedAt: timestamp,
  version: z.int().min(0),
});
export type InstallationState = z.infer<typeof installationState>;
