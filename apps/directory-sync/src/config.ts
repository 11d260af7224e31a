// The configuration of this service, and the only reader of its environment.
import {
  authConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  kafkaConfig,
  replicaConfig,
  returnToOrigins,
  secret,
  serviceIdentityConfig,
} from '@carillon/runtime';
import { z } from 'zod';

export const configSchema = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...replicaConfig,
  ...authConfig,
  ...serviceIdentityConfig,
  SLACK_URL: z.url().default('https://slack.com').describe("Slack's address; the Web API is under /api/."),
  PUBLIC_URL: z
    .url()
    .optional()
    .describe(
      "How browsers reach this service; Slack's redirect URL is this with /slack/openid/callback. Members need it to link their own account.",
    ),
  RETURN_TO_ORIGINS: returnToOrigins.describe(
    'Origins that a browser may return to after a member linked their own account, beside that of PUBLIC_URL.',
  ),
  SLACK_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe('Client id of the Slack app. Members need it to link their own account.'),
  SLACK_CLIENT_SECRET: secret()
    .optional()
    .describe('Client secret of the Slack app. Members need it to link their own account.'),
  SLACK_TIMEOUT_MS: durationMs('30s').describe('The longest that a call to Slack may take.'),
  SLACK_PACE: z.coerce
    .number()
    .positive()
    .default(1)
    .describe("Multiplies Slack's documented limits per method; above 1 only against the simulator."),
  INSTALLATION_URL: z.url().describe('The installation service, which issues bot tokens.'),
  SYNC_LEASE_MS: durationMs('30s').describe(
    'How long a process that is frozen or disconnected keeps a sync. A process that ended loses it at once.',
  ),
  SYNC_POLL_MS: durationMs('2s').describe('How often a process looks for syncs to run.'),
  CHANNELS_POLL_MS: durationMs('500ms').describe(
    'How often a process looks for channels that changed, to publish them.',
  ),
  SYNC_CONCURRENCY: z.coerce.number().int().min(1).max(8).default(3).describe('Syncs that one process runs at a time.'),
  SYNC_INTERVAL_MS: durationMs('24h').describe(
    'How often each installation is synced again, in case changes were missed.',
  ),
});

export type Config = z.output<typeof configSchema>;
