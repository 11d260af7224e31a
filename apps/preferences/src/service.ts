// What this service is made of, for the process and for the specs that start it.
import {
  channelChanged,
  destinationChanged,
  installationChanged,
  notificationOutcome,
  notificationRequested,
  notificationResolved,
  recipientChanged,
} from '@carillon/domain';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';
import { WorkflowRow } from './workflows/workflow.entity.ts';
import { migrations } from './database/migrations/index.ts';
import { MemberPreferences } from './preferences/member-preferences.entity.ts';
import { OrganisationDefaultsRow } from './preferences/organisation-defaults.entity.ts';
import { unsubscribePath } from './unsubscribing/unsubscribe.controller.ts';

export const service = {
  name: 'preferences',
  config,
  database: { entities: [OrganisationDefaultsRow, MemberPreferences, WorkflowRow], migrations, audit: true },
  topics: [
    notificationRequested,
    notificationResolved,
    notificationOutcome,
    installationChanged,
    recipientChanged,
    destinationChanged,
    channelChanged,
  ],
  // Mail programs post forms there (RFC 8058), which say nothing that the link does not.
  bodiesIgnoredBelow: [`/${unsubscribePath}/`],
  module: AppModule,
};
