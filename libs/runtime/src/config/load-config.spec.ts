import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  authConfig,
  databaseConfig,
  durationMs,
  httpConfig,
  kafkaConfig,
  kafkaConfigOf,
  serviceIdentityConfig,
} from './fragments.ts';
import { ConfigError, loadConfig } from './load-config.ts';
import { secret } from './secret.ts';

const whole = z.object({
  ...httpConfig,
  ...databaseConfig,
  ...kafkaConfig,
  ...authConfig,
  ...serviceIdentityConfig,
  LEASE_MS: durationMs('15s'),
});

const env = {
  DATABASE_URL: 'postgres://carillon:hush@db/delivery',
  KAFKA_BROKERS: 'a:9092, b:9092',
  AUTH_ISSUERS: 'https://id.example',
  SERVICE_TOKEN_URL: 'https://id.example/token',
  SERVICE_CLIENT_ID: 'delivery',
  SERVICE_CLIENT_SECRET: 'hush',
};

function problemsOf(given: Record<string, string>): Record<string, string> {
  try {
    loadConfig(whole, given);
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.problems.map(({ key, message }) => [key, message]));
    throw error;
  }
  return {};
}

describe('configuration', () => {
  test('is read, typed and completed with defaults', () => {
    expect({ ...loadConfig(whole, env) }).toMatchObject({
      PORT: 3000,
      HOST: '0.0.0.0',
      KAFKA_BROKERS: ['a:9092', 'b:9092'],
      KAFKA_SSL: false,
      KAFKA_TOPICS: 'create',
      KAFKA_SESSION_TIMEOUT_MS: 30_000,
      AUTH_AUDIENCE: 'carillon',
      LEASE_MS: 15_000,
    });
  });

  test('names every bad key at once', () => {
    expect(
      problemsOf({
        ...env,
        PORT: 'abc',
        LEASE_MS: 'soon',
        KAFKA_TOPICS: 'maybe',
        DATABASE_URL: 'mysql://db',
        AUTH_ISSUERS: 'nowhere',
        SERVICE_CLIENT_ID: '',
      }),
    ).toEqual({
      PORT: 'must be a port number',
      LEASE_MS: 'must be a duration such as 500ms, 15s or 2m',
      KAFKA_TOPICS: expect.stringContaining('create') as unknown,
      DATABASE_URL: 'must be a postgres:// URL',
      'AUTH_ISSUERS.0': 'must be issuer URLs, separated by commas',
      SERVICE_CLIENT_ID: 'is missing',
    });
  });

  test('an error never repeats a value', () => {
    expect(() => loadConfig(whole, { ...env, DATABASE_URL: 'mysql://user:hush@db' })).toThrow(
      expect.not.stringContaining('hush'),
    );
  });

  test('reads a secret from the file that NAME_FILE names, without its last line break', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'secret');
    writeFileSync(file, 'from a file\n');
    const { SERVICE_CLIENT_SECRET: _, ...rest } = env;
    expect(loadConfig(whole, { ...rest, SERVICE_CLIENT_SECRET_FILE: file }).SERVICE_CLIENT_SECRET).toBe('from a file');
    expect(problemsOf({ ...rest, SERVICE_CLIENT_SECRET_FILE: `${file}.no` })).toEqual({
      SERVICE_CLIENT_SECRET: 'the file that SERVICE_CLIENT_SECRET_FILE names cannot be read (ENOENT)',
    });
  });

  test('an empty variable is the same as none', () => {
    expect(loadConfig(whole, { ...env, PORT: '' }).PORT).toBe(3000);
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(loadConfig(whole, env))).toBe(true);
  });

  test('shows *** for secrets however it is printed, also behind optional() and default()', () => {
    const config = loadConfig(
      z.object({ A: secret(), B: secret().optional(), C: secret().default('hush c'), D: z.string() }),
      { A: 'hush a', B: 'hush b', D: 'shown' },
    );
    for (const printed of [inspect(config), JSON.stringify(config)]) {
      expect(printed).not.toContain('hush');
      expect(printed).toContain('shown');
    }
    expect(config).toMatchObject({ A: 'hush a', B: 'hush b', C: 'hush c' });
  });

  test('becomes the settings of a Kafka client', () => {
    const config = loadConfig(whole, {
      ...env,
      KAFKA_SSL: 'true',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    });
    expect(kafkaConfigOf(config, 'carillon.delivery')).toEqual({
      brokers: ['a:9092', 'b:9092'],
      client: 'kafkajs',
      clientId: 'carillon.delivery',
      ssl: true,
      sasl: { mechanism: 'plain', username: 'u', password: 'p' },
      sessionTimeoutMs: 30_000,
    });
  });

  const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
  const key = '-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----';
  const sasl = { KAFKA_SASL_MECHANISM: 'scram-sha-256', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };

  test('takes certificates for Kafka as PEM text, or from files, and hides the key', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'ca.pem');
    writeFileSync(file, `${certificate}\n`);
    const config = loadConfig(whole, {
      ...env,
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: file,
      KAFKA_SSL_CERT: certificate,
      KAFKA_SSL_KEY: key,
    });
    expect(kafkaConfigOf(config, 'c').ssl).toEqual({ ca: certificate, cert: certificate, key });
    expect(inspect(config)).not.toContain('hush');
    expect(problemsOf({ ...env, KAFKA_SSL_CA: 'ca.pem', KAFKA_SSL_KEY: certificate })).toEqual({
      KAFKA_SSL_CA: 'must be PEM text with a CERTIFICATE',
      KAFKA_SSL_KEY: expect.stringContaining('PRIVATE KEY') as unknown,
    });
  });

  test.each([
    ['SASL without TLS', sasl, 'KAFKA_SASL_MECHANISM', /needs KAFKA_SSL=true.*KAFKA_ALLOW_PLAINTEXT_SASL/],
    [
      'a certificate authority without TLS',
      { KAFKA_SSL_CA: certificate },
      'KAFKA_SSL',
      /must be true where KAFKA_SSL_CA is given/,
    ],
    [
      'a certificate without its key',
      { KAFKA_SSL: 'true', KAFKA_SSL_CERT: certificate },
      'KAFKA_SSL_CERT',
      /both or neither/,
    ],
    ['a key without its certificate', { KAFKA_SSL: 'true', KAFKA_SSL_KEY: key }, 'KAFKA_SSL_CERT', /both or neither/],
    [
      'SASL without a password',
      { KAFKA_SSL: 'true', ...sasl, KAFKA_SASL_PASSWORD: '' },
      'KAFKA_SASL_PASSWORD',
      /is missing/,
    ],
    [
      'a password without a mechanism',
      { KAFKA_SSL: 'true', ...sasl, KAFKA_SASL_MECHANISM: '' },
      'KAFKA_SASL_MECHANISM',
      /must be given/,
    ],
  ])('refuses %s for Kafka', (_what, given, name, message) => {
    let refusal: unknown;
    try {
      kafkaConfigOf(loadConfig(whole, { ...env, ...given }), 'c');
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ConfigError);
    expect((refusal as ConfigError).problems).toEqual([
      { key: name, message: expect.stringMatching(message) as unknown },
    ]);
  });

  test('SASL without TLS is taken where that is said', () => {
    expect(
      kafkaConfigOf(loadConfig(whole, { ...env, ...sasl, KAFKA_ALLOW_PLAINTEXT_SASL: 'true' }), 'c'),
    ).toMatchObject({ ssl: false, sasl: { mechanism: 'scram-sha-256' } });
  });

  test.each([
    ['500', 500],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['7d', 604_800_000],
  ])('the duration %s is %d ms', (text, ms) => {
    expect(durationMs('1s').parse(text)).toBe(ms);
  });
});
