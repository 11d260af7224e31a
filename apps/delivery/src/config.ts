// The configuration of this service, and the only reader of its environment.
import { z } from 'zod';
import {
  authConfig,
  cellConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  kafkaConfig,
  port,
  secret,
  serviceIdentityConfig,
  unsubscribeConfig,
} from '@carillon/runtime';
import { hostOf } from './files/trusted-hosts.ts';

const hosts = z
  .string()
  .meta({ valueType: 'list, separated by commas' })
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
    PORT: port(3004),
    ...databaseConfig,
    ...kafkaConfig,
    ...authConfig,
    ...cellConfig,
    ...serviceIdentityConfig,
    INSTALLATION_URL: z.url().describe('The installation service, which issues bot tokens.'),
    SLACK_URL: z.url().default('https://slack.com').describe("Slack's address; the Web API is under /api/."),
    SMTP_URL: secret(z.url({ protocol: /^smtps?$/ })).describe('The mail server, with its user name and password.'),
    MAIL_FROM: z
      .string()
      .min(3)
      .default('Carillon <carillon@localhost>')
      .describe('The sender of e-mails of tenants that have no sender of their own.'),
    ...unsubscribeConfig,
    UNSUBSCRIBE_URL: z
      .url({ protocol: /^https?$/, message: 'must be an http(s) URL' })
      .optional()
      .describe('How people reach preferences, which the unsubscribe links in e-mails lead to. Needs UNSUBSCRIBE_KEY.'),
    LEASE_MS: durationMs('30s').describe(
      'How long a process owns its lanes without renewing its lease; at least one and a half times CALL_TIMEOUT_MS.',
    ),
    CALL_TIMEOUT_MS: durationMs('10s').describe('The longest that a call to Slack or a mail server may take.'),
    RECONCILE_WAIT_MS: durationMs('30s').describe(
      'How long an attempt without an answer waits before it is reconciled.',
    ),
    CHANNEL_PER_SECOND: z.coerce
      .number()
      .min(0)
      .default(1)
      .describe('Messages in a second to one channel; 0 is no limit.'),
    CHANNEL_BURST: count(1).describe('Messages to one channel at once, after a time with fewer.'),
    WORKSPACE_PER_MINUTE: z.coerce
      .number()
      .min(0)
      .default(600)
      .describe('Messages in a minute to one workspace, before its limit is learned; 0 is no limit.'),
    WORKSPACE_BURST: count(60).describe('Messages to one workspace at once, after a time with fewer.'),
    WORKSPACE_MOST_PER_MINUTE: z.coerce
      .number()
      .min(0)
      .default(3_000)
      .describe('The highest rate that a workspace may be found to allow.'),
    EMAIL_PER_MINUTE: z.coerce.number().min(0).default(600).describe('E-mails in a minute per lane; 0 is no limit.'),
    SENDS_PER_LANE: count(100).describe('Calls of one lane that are in flight at once.'),
    SENDS_PER_PROCESS: count(512).describe(
      'Calls to Slack of one process that are in flight at once; lanes share them, none more than half.',
    ),
    MOST_QUEUED_IN_MEMORY: count(50_000).describe(
      'Queued deliveries that one process holds in memory; the others stay in the database until their turn comes.',
    ),
    DIGEST_MORE_URL: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where people read the rest of a digest that is too long; without it the rest is only counted.'),
    TRACE_URL_TEMPLATE: z
      .url({ protocol: /^https?$/ })
      .refine((url) => url.includes('{traceId}'), { message: 'must contain {traceId}' })
      .optional()
      .describe('Where a trace is shown, with `{traceId}` in the place of its id; a timeline then has the link.'),
    FILE_MOST_BYTES: count(25 * 1024 * 1024).describe('The largest file that is attached.'),
    FILE_TIMEOUT_MS: durationMs('60s').describe('The longest that fetching or uploading a file may take.'),
    FILES_AT_ONCE: count(16).describe(
      'Files in transfer at once; multiplied by FILE_MOST_BYTES, the space that they need in the temporary directory.',
    ),
    FILE_TRUSTED_HOSTS: hosts.describe(
      '`host` or `host:port` of object stores inside the network, which files are fetched from although their addresses are not public.',
    ),
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
