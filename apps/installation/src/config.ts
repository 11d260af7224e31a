// The configuration of this service, and the only reader of its environment.
import {
  authConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  internalListenerConfig,
  kafkaConfig,
  parsedBy,
  returnToOrigins,
  secret,
} from '@carillon/runtime';
import { z } from 'zod';
import { KeyRing } from './tokens/key-ring.ts';

const baseUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));

export const config = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...authConfig,
  /** The routes that issue bot tokens (docs/adr/0025). */
  ...internalListenerConfig,
  PUBLIC_URL: baseUrl.describe(
    "How browsers reach this service; Slack's redirect URL is this with /slack/oauth/callback.",
  ),
  SLACK_URL: baseUrl.default('https://slack.com').describe("Slack's address; the Web API is under /api/."),
  SLACK_CLIENT_ID: z.string().min(1).describe('Client id of the Slack app.'),
  SLACK_CLIENT_SECRET: secret().describe('Client secret of the Slack app.'),
  SLACK_TIMEOUT_MS: durationMs('5s').describe('The longest that a call to Slack may take.'),
  SLACK_PKCE: z
    .stringbool()
    .meta({ valueType: '`true` or `false`' })
    .default(false)
    .describe('Binds codes to the browser with PKCE. Only for an app that has PKCE; others answer `pkce_not_allowed`.'),
  SLACK_TOKEN_ROTATION: z
    .stringbool()
    .meta({ valueType: '`true` or `false`' })
    .default(false)
    .describe('Exchanges stored tokens that do not expire for pairs that do, once the app has token rotation.'),
  TOKEN_KEYS: secret()
    .transform(parsedBy((text) => KeyRing.parse(text)))
    .describe('Keys of the stored bot tokens: `kid:base64,…`, 32 bytes each. The first one seals, all of them open.'),
  TOKEN_REFRESH_AHEAD_MS: durationMs('2h').describe('A rotating token with less than this left is exchanged.'),
  RETURN_TO_ORIGINS: returnToOrigins.describe(
    'Origins that a browser may return to after connecting, beside that of PUBLIC_URL.',
  ),
});
export type Config = z.output<typeof config>;
