// Configuration that several services share, as shapes to spread into a service's own schema:
// `z.object({ ...httpConfig, ...kafkaConfig, LEASE_MS: durationMs('15s').describe('…') })`.
// Guarantees: a name means the same in every service; every key has a description, which docs/configuration.md shows.
import { cellId, defaultCell } from '@carillon/domain';
import { kafkaClientNames, type KafkaConfig, type TlsOptions } from '@carillon/messaging';
import { z } from 'zod';
import { parseServiceClients } from '../auth/service-clients.ts';
import { parseOrigins } from '../browser/return-to.ts';
import { ConfigError, type ConfigProblem } from './load-config.ts';
import { secret } from './secret.ts';

/** `a,b , c` → ['a', 'b', 'c'], at least one. */
export const commaSeparated = z
  .string()
  .meta({ valueType: 'list, separated by commas' })
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(z.string()).min(1, 'names nothing'));

/** An error that the parser throws becomes a problem of the configuration key. */
export const parsedBy =
  <T>(parse: (text: string) => T) =>
  (text: string, context: z.RefinementCtx<string>): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  };

/** For ReturnToPolicy. */
export const returnToOrigins = z
  .string()
  .meta({ valueType: 'list, separated by commas' })
  .default('')
  .transform(parsedBy(parseOrigins));

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500`, `500ms`, `15s`, `2m`, `1h`, `7d` → milliseconds. */
export function durationMs(byDefault: string | number) {
  return z
    .string()
    .meta({ valueType: 'duration' })
    .default(String(byDefault))
    .transform((text, context) => {
      const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
      if (match) return Number(match[1]) * UNITS[(match[2] ?? 'ms') as keyof typeof UNITS];
      context.addIssue({ code: 'custom', message: 'must be a duration such as 500ms, 15s or 2m' });
      return z.NEVER;
    });
}

const portNumber = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0)
  .max(65_535)
  .meta({ valueType: 'port' });

export function port(byDefault: number) {
  return portNumber.default(byDefault).describe('Port of the HTTP server; 0 takes a free one.');
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const httpConfig = {
  HOST: z.string().default('0.0.0.0').describe('Address that the HTTP server listens on.'),
  PORT: port(3000),
  PUBLIC_URL: z.url().optional().describe('How browsers and Slack reach this service.'),
  SHUTDOWN_TIMEOUT_MS: durationMs('25s').describe(
    'The longest that a shutdown takes; shorter than the time after which the supervisor kills the process.',
  ),
  LOG_LEVEL: z
    .enum(logLevels)
    .default('info')
    .describe('The least severe log lines that are written. SIGUSR2 switches a running process to `debug`, and back.'),
  CARILLON_MODE: z
    .enum(['production', 'development'])
    .default('production')
    .describe('`development` accepts tenants that list no sources; everything else is the same.'),
};

const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' });

export const databaseConfig = {
  DATABASE_URL: secret(databaseUrl).describe("The service's own PostgreSQL database."),
  MIGRATION_DATABASE_URL: secret(databaseUrl)
    .optional()
    .describe('Names the role that owns the tables and migrates them at start; without it DATABASE_URL does both.'),
  AUDIT_REFUSAL_INTERVAL_MS: durationMs('1m').describe(
    'Refused requests of one caller, route and reason in this time are one entry of the audit log.',
  ),
};

const flag = () => z.stringbool().meta({ valueType: '`true` or `false`' }).default(false);

const pem = (kind: string) =>
  z
    .string()
    .refine(
      (text) => new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`).test(text),
      `must be PEM text with a ${kind}`,
    )
    .meta({ valueType: 'PEM text' });

export const kafkaConfig = {
  KAFKA_BROKERS: commaSeparated.describe('Brokers to connect to first, each as host:port.'),
  KAFKA_CLIENT: z.enum(kafkaClientNames).default('kafkajs').describe('The client library that speaks to Kafka.'),
  KAFKA_SSL: flag().describe('Whether brokers are reached over TLS.'),
  KAFKA_SSL_CA: pem('CERTIFICATE')
    .optional()
    .describe("The authority that signs the brokers' certificates; without it the machine's authorities count."),
  KAFKA_SSL_CERT: pem('CERTIFICATE')
    .optional()
    .describe('The certificate of the service, for brokers that ask for one. Needs KAFKA_SSL_KEY.'),
  KAFKA_SSL_KEY: secret(pem('[A-Z ]*PRIVATE KEY')).optional().describe('The private key of KAFKA_SSL_CERT.'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('How the service signs in to the brokers. Needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.'),
  KAFKA_SASL_USERNAME: z.string().optional().describe('User name at the brokers.'),
  KAFKA_SASL_PASSWORD: secret().optional().describe('Password at the brokers.'),
  KAFKA_ALLOW_PLAINTEXT_SASL: flag().describe(
    'Allows SASL without TLS, where whoever sees the network reads the password (plain) or guesses it (scram).',
  ),
  KAFKA_TOPICS: z
    .enum(['create', 'verify'])
    .default('create')
    .describe('Whether the service creates the topics that it needs at start, or only checks them.'),
  KAFKA_MAX_PARTITIONS: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('The most partitions that a topic is created with, for small brokers; without it docs/topics.md counts.'),
  KAFKA_SESSION_TIMEOUT_MS: durationMs('30s').describe(
    'Without a heartbeat for so long, the broker gives the partitions of a consumer to another one.',
  ),
};

/** For a service of which each cell has its own. */
export const cellConfig = {
  CELL: cellId.default(defaultCell).describe('The cell of this process, as `cells` in TENANTS_FILE lists it.'),
};

export const authConfig = {
  AUTH_ISSUERS: commaSeparated
    .pipe(z.array(z.url({ protocol: /^https?$/, message: 'must be issuer URLs, separated by commas' })))
    .describe('The identity providers whose access tokens are accepted, by their issuer URLs.'),
  AUTH_AUDIENCE: z.string().default('carillon').describe('The audience that an access token must name.'),
  AUTH_TOKEN_TYPES: z
    .string()
    .meta({ valueType: 'list, separated by commas' })
    .default('at+jwt')
    .pipe(commaSeparated)
    .transform((types) => types.map((type) => type.toLowerCase()))
    .describe("Values of `typ` in a token's header that mark an access token; `jwt` is also a token without one."),
  TENANTS_FILE: z
    .string()
    .meta({ valueType: 'path of a YAML file' })
    .default('tenants.yaml')
    .describe('The tenants, their sources, and the tenants and roles of each identity provider.'),
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
    })
    .describe(
      "Carillon's own services that may call this one, with the routes of each: `delivery=POST /v1/tokens,POST /v1/tokens/dead;…`.",
    ),
  RATE_LIMIT_CALLER_PER_SECOND: z.coerce
    .number()
    .positive()
    .default(100)
    .describe('Write requests of one caller in a second, per process.'),
  RATE_LIMIT_CALLER_BURST: z.coerce
    .number()
    .int()
    .min(1)
    .default(200)
    .describe('Write requests of one caller at once, after a time with fewer.'),
  RATE_LIMIT_TENANT_PER_SECOND: z.coerce
    .number()
    .positive()
    .default(300)
    .describe('Write requests of one tenant in a second, per process.'),
  RATE_LIMIT_TENANT_BURST: z.coerce
    .number()
    .int()
    .min(1)
    .default(600)
    .describe('Write requests of one tenant at once, after a time with fewer.'),
};

export type AuthSettings = z.output<z.ZodObject<typeof authConfig>>;

/** For a service that keeps replicas of compacted topics. */
export const replicaConfig = {
  REPLICA_SWEEP_AFTER_MS: durationMs('7d').describe(
    'A replica that was not updated for so long is compared with its whole topic; well under the 14 days that a tombstone is kept.',
  ),
};

/** For a service with routes that only Carillon's own services call. */
export const internalListenerConfig = {
  INTERNAL_PORT: portNumber
    .optional()
    .describe('Port of a listener of its own for the internal routes; without it they are served with all others.'),
  INTERNAL_HOST: z.string().optional().describe('Address of the internal listener; without it that of HOST.'),
};

export const serviceIdentityConfig = {
  SERVICE_TOKEN_URL: z.url().describe('Token endpoint of the identity provider (OAuth 2 client credentials).'),
  SERVICE_CLIENT_ID: z.string().min(1).describe("The service's own client id, as SERVICE_CLIENTS of others lists it."),
  SERVICE_CLIENT_SECRET: secret().describe("The service's own client secret."),
};

/** Signs and reads the links with which people turn e-mails off; the same in `delivery` and `preferences`. */
export const unsubscribeConfig = {
  UNSUBSCRIBE_KEY: secret(z.string().min(32, 'must have at least 32 characters'))
    .optional()
    .describe('Signs the unsubscribe links in e-mails; the same in delivery and preferences.'),
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
