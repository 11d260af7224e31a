// The definition of this service, for its process and for the specs that start it.
import { installationChanged, slackEvent } from '@carillon/domain';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';
import { entities } from './database/entities.ts';
import { migrations } from './database/migrations/index.ts';

export const service = {
  name: 'installation',
  config,
  database: { entities, migrations, max: 4, audit: true },
  topics: [installationChanged, slackEvent],
  module: AppModule,
};
