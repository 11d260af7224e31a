// Runs syncs and nothing else, as a process that a spec can kill. Its environment is the service's.
import { createPool } from '@carillon/persistence';
import { Lifecycle, loadConfig, ServiceTokens } from '@carillon/runtime';
import { configSchema } from '../config.ts';
import { SlackClients } from '../slack/slack-clients.ts';
import { SyncRunner } from '../syncs/sync-runner.ts';

const config = loadConfig(configSchema, process.env);
const identity = new ServiceTokens({
  tokenUrl: config.SERVICE_TOKEN_URL,
  clientId: config.SERVICE_CLIENT_ID,
  clientSecret: 'secret',
});
const pool = createPool(config.DATABASE_URL, { max: 4 });
new SyncRunner(pool, config, new SlackClients(config, identity), new Lifecycle()).onApplicationBootstrap();
