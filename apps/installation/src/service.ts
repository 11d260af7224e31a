// The definition of this service, for its process and for the specs that start it.
import { installationChanged, notificationRequested, slackEvent } from '@carillon/domain';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';
import { entities } from './database/entities.ts';
import { migrations } from './database/migrations/index.ts';

export const service = {
  name: 'installation',
  config,
  database: { entities, migrations, max: 4, audit: true },
  topics: [installationChanged, notificationRequested, slackEvent],
  module: AppModule,
  // The start page's form; every other route takes JSON from callers with a token.
  bodies: ['json', 'form'] as const,
};
