// The configuration of this service, and the only reader of its environment.
import { fileURLToPath } from 'node:url';
import {
  authConfig,
  databaseConfig,
  httpConfig,
  kafkaConfig,
  replicaConfig,
  unsubscribeConfig,
} from '@carillon/runtime';
import { z } from 'zod';

export const config = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...replicaConfig,
  ...authConfig,
  ...unsubscribeConfig,
  QUOTA_REQUESTS_PER_SECOND: z.coerce
    .number('must be a number')
    .positive()
    .default(500)
    .describe(
      "Requests of a tenant that each process resolves in a second; `quota` in TENANTS_FILE sets a tenant's own.",
    ),
  QUOTA_BURST: z.coerce
    .number('must be a number')
    .int()
    .min(1)
    .default(2_000)
    .describe('Requests of a tenant at once, after a time with fewer.'),
  INGEST_NOTIFICATIONS_PER_SECOND: z.coerce
    .number('must be a number')
    .positive()
    .default(500)
    .describe(
      "Notifications of a tenant that each process takes by REST in a second; `quota` in TENANTS_FILE sets a tenant's own.",
    ),
  INGEST_BURST: z.coerce
    .number('must be a number')
    .int()
    .min(1)
    .default(2_000)
    .describe('Notifications of a tenant by REST at once, after a time with fewer.'),
  DEFERRED_REQUESTS_PER_SECOND: z.coerce
    .number('must be a number')
    .positive()
    .default(2_000)
    .describe('Requests beyond a quota that each process resolves in a second, in the time that the others leave.'),
  FAN_OUT_RECIPIENTS_PER_SECOND: z.coerce
    .number('must be a number')
    .positive()
    .default(5_000)
    .describe(
      'Members of large audiences (topic, role, everyone) that each process decides in a second, in the time that requests leave.',
    ),
  DELIVERY_URL: z
    .url()
    .optional()
    .describe('The delivery service, which knows what was decided; without it past notifications are not explained.'),
  CATALOGUE_FILE: z
    .string()
    .meta({ valueType: 'path of a YAML file' })
    .default(fileURLToPath(new URL('../catalogue.yaml', import.meta.url)))
    .meta({ description: 'The types of notifications.', shownDefault: 'the catalogue that ships with the service' }),
});
export type Config = z.output<typeof config>;
