// The definition of this service, for its process and for the specs that start it.
import {
  installationChanged,
  notificationOutcome,
  notificationResolved,
  notificationRetracted,
} from '@carillon/domain';
import { AppModule } from './app.module.ts';
import { configSchema } from './config.ts';
import { migrations } from './database/migrations/index.ts';

/** Nobody waits longer for a row that somebody else has locked. */
const lockTimeout = '2s';

export const service = {
  name: 'delivery',
  config: configSchema,
  database: { migrations, max: 12, audit: true, settings: { lock_timeout: lockTimeout } },
  topics: [notificationResolved, notificationRetracted, notificationOutcome, installationChanged],
  module: AppModule,
};
