// What this service's specs put into its environment.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

export const environment: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  PUBLIC_URL: 'http://127.0.0.1:3001',
  SLACK_URL: 'http://127.0.0.1:1',
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'the-client-secret',
  TOKEN_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  SERVICE_CLIENTS: 'delivery=POST /v1/tokens,POST /v1/tokens/dead;directory-sync=POST /v1/tokens',
  TENANTS_FILE: fileURLToPath(new URL('./tenants.yaml', import.meta.url)),
};
