// What the directory reads from its environment; the only reader of it.
import {
  authConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  kafkaConfig,
  replicaConfig,
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
  /** Slack's address; the Web API is under /api/. */
  SLACK_URL: z.url().default('https://slack.com'),
  SLACK_TIMEOUT_MS: durationMs('30s'),
  /** Multiplies Slack's documented limits per method; above 1 only against a stand-in for Slack. */
  SLACK_PACE: z.coerce.number().positive().default(1),
  /** The installation service, which holds the bot tokens. */
  INSTALLATION_URL: z.url(),
  /** How long a frozen or cut-off process keeps a sync; a dead one loses it at once. */
  SYNC_LEASE_MS: durationMs('30s'),
  /** How often to look for syncs that nobody runs. */
  SYNC_POLL_MS: durationMs('2s'),
  /** Syncs that one process runs at a time. */
  SYNC_CONCURRENCY: z.coerce.number().int().min(1).max(8).default(3),
  /** How often each installation is listed anew, for what events missed. */
  SYNC_INTERVAL_MS: durationMs('24h'),
});

export type Config = z.output<typeof configSchema>;
