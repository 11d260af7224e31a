// What delivery reads from its environment, and nothing else does.
import { z } from 'zod';
import {
  authConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  kafkaConfig,
  secret,
  serviceIdentityConfig,
  unsubscribeConfig,
} from '@carillon/runtime';
import { hostOf } from './files/trusted-hosts.ts';

const hosts = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(
    z.array(
      z
        .string()
        .refine(
          (entry) => hostOf(entry) !== undefined,
          'must be hosts, each with or without a port, separated by commas',
        ),
    ),
  );

const count = (byDefault: number) => z.coerce.number().int().min(1).default(byDefault);

export const configSchema = z
  .object({
    ...httpConfig,
    PORT: z.coerce.number().int().min(0).max(65_535).default(3004),
    ...databaseConfig,
    ...kafkaConfig,
    ...authConfig,
    ...serviceIdentityConfig,
    INSTALLATION_URL: z.url(),
    SLACK_URL: z.url().default('https://slack.com'),
    SMTP_URL: secret(z.url({ protocol: /^smtps?$/ })),
    /** The sender of tenants that have none of their own. */
    MAIL_FROM: z.string().min(3).default('Carillon <carillon@localhost>'),
    ...unsubscribeConfig,
    /** How people reach `preferences`, where the links in e-mails lead. */
    UNSUBSCRIBE_URL: z.url({ protocol: /^https?$/, message: 'must be an http(s) URL' }).optional(),
    /** How long a process owns its lanes without a sign of life. */
    LEASE_MS: durationMs('30s'),
    /** The longest a call to Slack or a mail server may take; the lease must be clearly longer. */
    CALL_TIMEOUT_MS: durationMs('10s'),
    /** How long an attempt without an answer rests before it is looked into. */
    RECONCILE_WAIT_MS: durationMs('30s'),
    /** Messages a second per channel, and how many may come at once; 0 = no limit. */
    CHANNEL_PER_SECOND: z.coerce.number().min(0).default(1),
    CHANNEL_BURST: count(1),
    /** Where learning a workspace's limit begins, and the highest rate it may reach; 0 = no limit. */
    WORKSPACE_PER_MINUTE: z.coerce.number().min(0).default(600),
    WORKSPACE_BURST: count(60),
    WORKSPACE_MOST_PER_MINUTE: z.coerce.number().min(0).default(3_000),
    EMAIL_PER_MINUTE: z.coerce.number().min(0).default(600),
    /** Calls under way at once. */
    SENDS_PER_LANE: count(100),
    SENDS_PER_PROCESS: count(256),
    /**
     * Where people read what did not fit into a digest (an inbox, the product itself); without it the rest is only
     * counted.
     */
    DIGEST_MORE_URL: z.url({ protocol: /^https?$/ }).optional(),
    /** The largest file that is attached, and the longest that fetching or uploading one may take. */
    FILE_MOST_BYTES: count(25 * 1024 * 1024),
    FILE_TIMEOUT_MS: durationMs('60s'),
    /**
     * Files on their way through this process at once; with FILE_MOST_BYTES the room that they take in its temporary
     * directory.
     */
    FILES_AT_ONCE: count(16),
    /**
     * `host` or `host:port` of object stores inside the network: files are fetched from there although the address is
     * not public.
     */
    FILE_TRUSTED_HOSTS: hosts,
  })
  .refine((config) => config.LEASE_MS >= 1.5 * config.CALL_TIMEOUT_MS, {
    path: ['LEASE_MS'],
    message: 'must be at least one and a half times CALL_TIMEOUT_MS, or nothing could ever be sent under a lease',
  })
  .refine((config) => config.UNSUBSCRIBE_URL === undefined || config.UNSUBSCRIBE_KEY !== undefined, {
    path: ['UNSUBSCRIBE_KEY'],
    message: 'is needed with UNSUBSCRIBE_URL, to sign the links in e-mails',
  })
  .refine((config) => config.UNSUBSCRIBE_KEY === undefined || config.UNSUBSCRIBE_URL !== undefined, {
    path: ['UNSUBSCRIBE_URL'],
    message: 'is needed with UNSUBSCRIBE_KEY, for the links in e-mails to lead to',
  });

export type Config = z.infer<typeof configSchema>;
