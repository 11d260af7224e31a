// The channels of a service that reaches neither Slack nor a mail server, for specs that send nothing.
import type { BotTokens, Tenants } from '@carillon/runtime';
import type { Pool } from 'pg';
import { createChannels, type Channels } from '../channels/index.ts';
import type { Installations } from '../channels/slack/installations.ts';
import { configSchema } from '../config.ts';

const nowhere = 'http://127.0.0.1:9';

export const testChannels = (pool: Pool, installations: Installations): Channels =>
  createChannels({
    config: configSchema.parse({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
      KAFKA_BROKERS: '127.0.0.1:9',
      AUTH_ISSUERS: nowhere,
      INSTALLATION_URL: nowhere,
      SMTP_URL: 'smtp://127.0.0.1:9',
      SERVICE_TOKEN_URL: nowhere,
      SERVICE_CLIENT_ID: 'delivery',
      SERVICE_CLIENT_SECRET: 'secret',
    }),
    pool,
    tenants: { all: () => [] } as unknown as Tenants,
    tokens: {} as BotTokens,
    installations,
  });
