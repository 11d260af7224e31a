// What an operator is told about settings that only make sense together.
import { expect, test } from '@jest/globals';
import { loadConfig } from '@carillon/runtime';
import { configSchema } from './config.ts';

const env = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  AUTH_ISSUERS: 'http://127.0.0.1:1',
  SERVICE_TOKEN_URL: 'http://127.0.0.1:1/token',
  SERVICE_CLIENT_ID: 'delivery',
  SERVICE_CLIENT_SECRET: 'secret',
  INSTALLATION_URL: 'http://127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
};
const url = { UNSUBSCRIBE_URL: 'https://carillon.test' };
const key = { UNSUBSCRIBE_KEY: 'k'.repeat(32) };

test('the link to a trace has a place for its id', () => {
  const withTemplate = (template: string) => loadConfig(configSchema, { ...env, TRACE_URL_TEMPLATE: template });
  expect(withTemplate('https://traces.test/{traceId}?tab=a').TRACE_URL_TEMPLATE).toContain('{traceId}');
  for (const wrong of ['https://traces.test/', 'javascript:alert("{traceId}")'])
    expect(() => withTemplate(wrong)).toThrow(/TRACE_URL_TEMPLATE: /);
});

test('the link to unsubscribe needs both its address and its key, or neither; the key is not printed', () => {
  expect(() => loadConfig(configSchema, env)).not.toThrow();
  expect(() => loadConfig(configSchema, { ...env, ...url })).toThrow(/UNSUBSCRIBE_KEY: is needed with UNSUBSCRIBE_URL/);
  expect(() => loadConfig(configSchema, { ...env, ...key })).toThrow(/UNSUBSCRIBE_URL: is needed with UNSUBSCRIBE_KEY/);
  expect(() => loadConfig(configSchema, { ...env, ...url, UNSUBSCRIBE_KEY: 'short' })).toThrow(
    /UNSUBSCRIBE_KEY: must have at least 32 characters/,
  );
  const config = loadConfig(configSchema, { ...env, ...url, ...key });
  expect(JSON.stringify(config)).not.toContain(key.UNSUBSCRIBE_KEY);
});
