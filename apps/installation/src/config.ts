// The configuration of this service, and the only reader of its environment.
import {
  authConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  internalListenerConfig,
  kafkaConfig,
  secret,
} from '@carillon/runtime';
import { z } from 'zod';
import { parseOrigins } from './connecting/return-to.ts';
import { KeyRing } from './tokens/key-ring.ts';

const baseUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));

/** What a parser of ours throws becomes the key's own problem. */
const parsedBy =
  <T>(parse: (text: string) => T) =>
  (text: string, context: z.RefinementCtx<string>): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  };

export const config = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...authConfig,
  /** Where bot tokens are handed out; absent: on the public listener too (docs/adr/0025). */
  ...internalListenerConfig,
  /** How browsers reach this service; Slack's redirect URL is this with /slack/oauth/callback. */
  PUBLIC_URL: baseUrl,
  SLACK_URL: baseUrl.default('https://slack.com'),
  SLACK_CLIENT_ID: z.string().min(1),
  SLACK_CLIENT_SECRET: secret(),
  SLACK_TIMEOUT_MS: durationMs('5s'),
  /** `kid:base64,…`, 32 bytes each: the first key seals, all open (tokens/key-ring.ts tells how to change them). */
  TOKEN_KEYS: secret().transform(parsedBy((text) => KeyRing.parse(text))),
  /** A rotating token is exchanged when it has less than this left. */
  TOKEN_REFRESH_AHEAD_MS: durationMs('2h'),
  /** Origins, comma-separated, that a browser may go back to beside PUBLIC_URL's own (connecting/return-to.ts). */
  RETURN_TO_ORIGINS: z.string().default('').transform(parsedBy(parseOrigins)),
});
export type Config = z.output<typeof config>;
