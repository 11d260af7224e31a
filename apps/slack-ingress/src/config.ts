// The only reader of the environment.
import {
  authConfig,
  commaSeparated,
  databaseConfig,
  durationMs,
  httpConfig,
  kafkaConfig,
  port,
  secret,
} from '@carillon/runtime';
import { z } from 'zod';

export const config = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...authConfig,
  PORT: port(3005),
  SLACK_SIGNING_SECRET: secret(commaSeparated).describe(
    'Verifies that a request comes from Slack. Two while the secret is exchanged: either one is accepted.',
  ),
  INGRESS_ANSWER_MS: durationMs('2500ms').describe(
    'After this time a request that Kafka has not acknowledged is answered with 503. Slack waits for 3 s.',
  ),
  INGRESS_MAX_REQUESTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(2_000)
    .describe('The most requests in work at once; the next one is answered with 503, and Slack sends it again.'),
  INGRESS_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(67_108_864)
    .describe('The most bytes of bodies that are held at once; a request beyond them is answered with 503.'),
});
export type Config = z.output<typeof config>;
