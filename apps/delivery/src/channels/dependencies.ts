// What channels are made of.
import type { BotTokens, Tenants } from '@carillon/runtime';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import type { Installations } from './slack/installations.ts';

export interface ChannelDependencies {
  config: Config;
  pool: Pool;
  tenants: Tenants;
  tokens: BotTokens;
  installations: Installations;
}
