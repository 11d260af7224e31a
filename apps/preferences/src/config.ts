// The configuration of this service, and the only reader of its environment.
import { fileURLToPath } from 'node:url';
import { authConfig, databaseConfig, httpConfig, kafkaConfig, unsubscribeConfig } from '@carillon/runtime';
import { z } from 'zod';

export const config = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...authConfig,
  ...unsubscribeConfig,
  /** YAML: the tenants, and which sources may publish for each. */
  TENANTS_FILE: z.string().default('tenants.yaml'),
  /** YAML: the types of notifications; the file that ships serves until there is an own one. */
  CATALOGUE_FILE: z.string().default(fileURLToPath(new URL('../catalogue.yaml', import.meta.url))),
});
export type Config = z.output<typeof config>;
