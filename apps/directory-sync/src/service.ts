// The definition of this service, for its process and for the specs that start it.
import {
  channelChanged,
  destinationChanged,
  installationChanged,
  memberChanged,
  recipientChanged,
  slackEvent,
} from '@carillon/domain';
import { AppModule } from './app.module.ts';
import { configSchema } from './config.ts';
import { migrations } from './database/migrations/index.ts';

export const service = {
  name: 'directory-sync',
  config: configSchema,
  database: { migrations, max: 16, audit: true },
  topics: [installationChanged, memberChanged, recipientChanged, destinationChanged, channelChanged, slackEvent],
  module: AppModule,
};
