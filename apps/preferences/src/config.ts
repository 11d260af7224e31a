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
  /** How many requests of a tenant each process decides at once; `quota` in TENANTS_FILE sets a tenant's own. */
  QUOTA_REQUESTS_PER_SECOND: z.coerce.number('must be a number').positive().default(500),
  /** How many may come at once, after a time with less. */
  QUOTA_BURST: z.coerce.number('must be a number').int().min(1).default(2_000),
  /** The most requests beyond a quota that each process decides in a second, in the time that the others leave. */
  BULK_REQUESTS_PER_SECOND: z.coerce.number('must be a number').positive().default(2_000),
  /** YAML: the types of notifications; the file that ships serves until there is an own one. */
  CATALOGUE_FILE: z.string().default(fileURLToPath(new URL('../catalogue.yaml', import.meta.url))),
});
export type Config = z.output<typeof config>;
