// What each process is told through its environment, and nothing it has no use for: no service sees another's database
// or secrets. The names are those of the configuration reference.
import { environment } from '../environment.ts';
import type { DatabaseRole } from '../postgres/service-databases.ts';
import type { Ports } from '../ports.ts';
import { replicaPort } from '../ports.ts';
import type { ProcessName, ServiceName } from './service-names.ts';

export interface Surroundings {
  ports: Ports;
  brokers: readonly string[];
  databaseUrl: (service: ServiceName, role: DatabaseRole) => string;
  slackUrl: string;
  slackApp: SlackApp;
  issuerUrl: string;
  smtpUrl: string;
  tenantsFile: string;
  tokenKeys: string;
  /** Signs the links in e-mails with which people turn them off. */
  unsubscribeKey: string;
  clientSecret: (service: ServiceName) => string;
  compileCache: string;
}

export interface SlackApp {
  clientId: string;
  clientSecret: string;
  signingSecret: string;
}

export function serviceEnvironment(name: ProcessName, replica: number, s: Surroundings): Record<string, string> {
  if (name === 'slack-simulator') return simulatorEnvironment(s);
  const port = replicaPort(s.ports, name, replica);
  return {
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    AUTH_ISSUERS: s.issuerUrl,
    AUTH_AUDIENCE: 'carillon',
    TENANTS_FILE: s.tenantsFile,
    CARILLON_MODE: 'development', // a playground's tenants accept events from any source
    KAFKA_BROKERS: s.brokers.join(','),
    KAFKA_SESSION_TIMEOUT_MS: '10s', // what a killed process held is taken over while one still watches
    ...particular(name, s),
  };
}

function particular(name: ServiceName, s: Surroundings): Record<string, string> {
  const database = {
    DATABASE_URL: s.databaseUrl(name, 'service'),
    MIGRATION_DATABASE_URL: s.databaseUrl(name, 'migration'),
  };
  const unsubscribing = { UNSUBSCRIBE_KEY: s.unsubscribeKey };
  const slack = { SLACK_URL: s.slackUrl };
  const installation = { INSTALLATION_URL: `http://127.0.0.1:${s.ports.installation}` };
  const identity = {
    SERVICE_TOKEN_URL: `${s.issuerUrl}/token`,
    SERVICE_CLIENT_ID: name,
    SERVICE_CLIENT_SECRET: s.clientSecret(name),
  };
  switch (name) {
    case 'installation':
      return {
        ...database,
        ...slack,
        SLACK_CLIENT_ID: s.slackApp.clientId,
        SLACK_CLIENT_SECRET: s.slackApp.clientSecret,
        TOKEN_KEYS: s.tokenKeys,
        SERVICE_CLIENTS: tokenClients,
      };
    case 'directory-sync':
      return { ...database, ...slack, ...installation, ...identity };
    case 'preferences':
      return { ...database, ...identity, ...unsubscribing };
    case 'delivery':
      return {
        ...{ ...database, ...slack, ...installation, ...identity, ...unsubscribing },
        SMTP_URL: s.smtpUrl,
        MAIL_FROM: 'Carillon <carillon@playground.test>',
        UNSUBSCRIBE_URL: `http://127.0.0.1:${s.ports.preferences}`,
      };
    case 'slack-ingress':
      return { SLACK_SIGNING_SECRET: s.slackApp.signingSecret };
    case 'console':
      return {};
  }
}

function simulatorEnvironment(s: Surroundings): Record<string, string> {
  const ingress = `http://127.0.0.1:${s.ports['slack-ingress']}`;
  return {
    HOST: '127.0.0.1',
    PORT: String(s.ports.slack),
    SLACK_CLIENT_ID: s.slackApp.clientId,
    SLACK_CLIENT_SECRET: s.slackApp.clientSecret,
    SLACK_SIGNING_SECRET: s.slackApp.signingSecret,
    EVENTS_URL: `${ingress}/slack/events`,
    INTERACTIONS_URL: `${ingress}/slack/interactions`,
    COMMANDS_URL: `${ingress}/slack/commands`,
  };
}

/** Who sends to Slack or reads from it needs a bot token; only who sends meets a dead one. */
const tokenClients =
  'delivery=POST /v1/tokens,POST /v1/tokens/dead;directory-sync=POST /v1/tokens,POST /v1/tokens/dead';

const passedOn = /^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|LOG_LEVEL|NODE_EXTRA_CA_CERTS|OTEL_(?!SERVICE_NAME).*)$/;

/** The part of our own environment that every process gets. */
export function inheritedEnvironment(
  compileCache: string,
  env: NodeJS.ProcessEnv = environment,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCache };
}
