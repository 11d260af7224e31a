// The delivery service as a process.
import '@carillon/telemetry/start';
import {
  installationChanged,
  notificationOutcome,
  notificationResolved,
  notificationRetracted,
} from '@carillon/domain';
import { runService } from '@carillon/runtime';
import { AppModule } from './app.module.ts';
import { configSchema } from './config.ts';
import { migrations } from './database/migrations/index.ts';

await runService({
  name: 'delivery',
  config: configSchema,
  database: { migrations, max: 12, audit: true },
  topics: [notificationResolved, notificationRetracted, notificationOutcome, installationChanged],
  module: AppModule,
});
