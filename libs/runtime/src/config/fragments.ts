// Configuration that several services share, as shapes to spread into a service's own schema:
// `z.object({ ...httpConfig, ...kafkaConfig, LEASE_MS: durationMs('15s') })`.
// Promises: a name means the same in every service.
import { kafkaClientNames, type KafkaConfig, type TlsOptions } from '@carillon/messaging';
import { z } from 'zod';
import { parseServiceClients } from '../auth/service-clients.ts';
import { ConfigError, type ConfigProblem } from './load-config.ts';
import { secret } from './secret.ts';

/** `a,b , c` → ['a', 'b', 'c'], at least one. */
export const commaSeparated = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(z.string()).min(1, 'names nothing'));

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500`, `500ms`, `15s`, `2m`, `1h`, `7d` → milliseconds. */
export function durationMs(byDefault: string | number) {
  return z
    .string()
    .default(String(byDefault))
    .transform((text, context) => {
      const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
      if (match) return Number(match[1]) * UNITS[(match[2] ?? 'ms') as keyof typeof UNITS];
      context.addIssue({ code: 'custom', message: 'must be a duration such as 500ms, 15s or 2m' });
      return z.NEVER;
    });
}

export function port(byDefault: number) {
  return z.coerce.number('must be a port number').int('must be a port number').min(0).max(65_535).default(byDefault);
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const httpConfig = {
  HOST: z.string().default('0.0.0.0'),
  PORT: port(3000),
  /** How browsers and Slack reach this service. */
  PUBLIC_URL: z.url().optional(),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  /** `development` accepts tenants that list no sources; everything else is the same. */
  CARILLON_MODE: z.enum(['production', 'development']).default('production'),
};

const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' });

export const databaseConfig = {
  DATABASE_URL: secret(databaseUrl),
  /** Names the role that owns the tables and changes the schema at start. Absent: the one of DATABASE_URL does. */
  MIGRATION_DATABASE_URL: secret(databaseUrl).optional(),
  /** Refused requests of one caller, route and reason in this time are one entry of the audit log. */
  AUDIT_REFUSAL_INTERVAL_MS: durationMs('1m'),
};

const pem = (kind: string) =>
  z
    .string()
    .refine(
      (text) => new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`).test(text),
      `must be PEM text with a ${kind}`,
    );

export const kafkaConfig = {
  KAFKA_BROKERS: commaSeparated,
  /** Which client library speaks to Kafka. */
  KAFKA_CLIENT: z.enum(kafkaClientNames).default('kafkajs'),
  KAFKA_SSL: z.stringbool().default(false),
  /** Who signs the brokers' certificates, as PEM text; default: the machine's certificate authorities. */
  KAFKA_SSL_CA: pem('CERTIFICATE').optional(),
  /** The service's own certificate and its key, for brokers that ask for one. */
  KAFKA_SSL_CERT: pem('CERTIFICATE').optional(),
  KAFKA_SSL_KEY: secret(pem('[A-Z ]*PRIVATE KEY')).optional(),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: secret().optional(),
  /** Without TLS, SASL shows the password (plain) or lets it be guessed (scram) to whoever sees the network. */
  KAFKA_ALLOW_PLAINTEXT_SASL: z.stringbool().default(false),
  /** Whether a service creates the topics it needs or only checks them. */
  KAFKA_TOPICS: z.enum(['create', 'verify']).default('create'),
  KAFKA_SESSION_TIMEOUT_MS: durationMs('30s'),
};

export const authConfig = {
  AUTH_ISSUERS: commaSeparated.pipe(
    z.array(z.url({ protocol: /^https?$/, message: 'must be issuer URLs, separated by commas' })),
  ),
  AUTH_AUDIENCE: z.string().default('carillon'),
  /** Values of `typ` in a token's header that mark an access token; `jwt` is also a token without one. */
  AUTH_TOKEN_TYPES: z
    .string()
    .default('at+jwt')
    .pipe(commaSeparated)
    .transform((types) => types.map((type) => type.toLowerCase())),
  /** YAML: the tenants, their sources, and what each identity provider may say. */
  TENANTS_FILE: z.string().default('tenants.yaml'),
  /**
   * Carillon's own services that may call this one, with the routes of each: `delivery=POST /v1/tokens,POST
   * /v1/tokens/dead;…`.
   */
  SERVICE_CLIENTS: z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return parseServiceClients(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    }),
  /** Write requests of one caller, and of one tenant, per second, and how many may come at once. Per process. */
  RATE_LIMIT_CALLER_PER_SECOND: z.coerce.number().positive().default(100),
  RATE_LIMIT_CALLER_BURST: z.coerce.number().int().min(1).default(200),
  RATE_LIMIT_TENANT_PER_SECOND: z.coerce.number().positive().default(300),
  RATE_LIMIT_TENANT_BURST: z.coerce.number().int().min(1).default(600),
};

export type AuthSettings = z.output<z.ZodObject<typeof authConfig>>;

/** For a service that keeps replicas of compacted topics. */
export const replicaConfig = {
  /**
   * A replica that was not followed for so long is compared with its whole topic; well under the 14 days that a
   * tombstone is kept.
   */
  REPLICA_SWEEP_AFTER_MS: durationMs('7d'),
};

/** For a service with routes that only Carillon's own services call. */
export const internalListenerConfig = {
  /** Where internal routes are served, and nowhere else; absent: with all others. */
  INTERNAL_PORT: z.coerce.number('must be a port number').int('must be a port number').min(0).max(65_535).optional(),
  INTERNAL_HOST: z.string().optional(),
};

export const serviceIdentityConfig = {
  SERVICE_TOKEN_URL: z.url(),
  SERVICE_CLIENT_ID: z.string().min(1),
  SERVICE_CLIENT_SECRET: secret(),
};

/** Signs and reads the links with which people turn e-mails off; the same in `delivery` and `preferences`. */
export const unsubscribeConfig = {
  UNSUBSCRIBE_KEY: secret(z.string().min(32, 'must have at least 32 characters')).optional(),
};

export type KafkaSettings = z.output<z.ZodObject<typeof kafkaConfig>>;

/** Throws a ConfigError where settings don't go together. */
export function kafkaConfigOf(config: KafkaSettings, clientId: string): KafkaConfig {
  const problems = kafkaProblems(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username = '',
    KAFKA_SASL_PASSWORD: password = '',
  } = config;
  return {
    brokers: config.KAFKA_BROKERS,
    client: config.KAFKA_CLIENT,
    clientId,
    ssl: config.KAFKA_SSL && (tlsOf(config) ?? true),
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    ...(mechanism ? { sasl: { mechanism, username, password } } : {}),
  };
}

function tlsOf({ KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key }: KafkaSettings): TlsOptions | undefined {
  if (ca === undefined && cert === undefined) return undefined;
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined || key === undefined ? {} : { cert, key }) };
}

function kafkaProblems(config: KafkaSettings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const problem = (key: string, message: string): unknown => problems.push({ key, message });
  const without = config.KAFKA_SSL
    ? undefined
    : (['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const).find((key) => config[key] !== undefined);
  if (without) problem('KAFKA_SSL', `must be true where ${without} is given`);
  if ((config.KAFKA_SSL_CERT === undefined) !== (config.KAFKA_SSL_KEY === undefined))
    problem('KAFKA_SSL_CERT', 'and KAFKA_SSL_KEY go together: give both or neither');
  if (config.KAFKA_SASL_MECHANISM === undefined) {
    if (config.KAFKA_SASL_USERNAME ?? config.KAFKA_SASL_PASSWORD)
      problem('KAFKA_SASL_MECHANISM', 'must be given where KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD is');
    return problems;
  }
  for (const key of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const)
    if (!config[key]) problem(key, 'is missing; KAFKA_SASL_MECHANISM needs it');
  if (!config.KAFKA_SSL && !config.KAFKA_ALLOW_PLAINTEXT_SASL) {
    problem(
      'KAFKA_SASL_MECHANISM',
      'needs KAFKA_SSL=true: without TLS the password can be read on the network (KAFKA_ALLOW_PLAINTEXT_SASL=true takes the risk)',
    );
  }
  return problems;
}
