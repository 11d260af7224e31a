// The definition of this service, for its process and for the specs that start it.
import { slackEvent, slackInteraction } from '@carillon/domain';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';
import { migrations } from './database/migrations/index.ts';

/** A statement that takes longer would use up the time in which Slack wants an answer. */
const statementTimeoutMs = 400;

export const service = {
  name: 'slack-ingress',
  config,
  database: { migrations, max: 4, settings: { statement_timeout: String(statementTimeoutMs) } },
  topics: [slackEvent, slackInteraction],
  module: AppModule,
  // A body is read only after its headers were checked, and as bytes, since the signature is over the bytes.
  bodies: [],
};
