// The environment of each process. It has only what the process needs: no service gets another's database or secrets.
// The names are those of docs/configuration.md.
import { environment } from '../environment.ts';
import type { DatabaseRole } from '../postgres/service-databases.ts';
import type { Ports } from '../ports.ts';
import { replicaPort } from '../ports.ts';
import type { ProcessName, ServiceName } from './service-names.ts';

export interface ServiceSettings {
  ports: Ports;
  brokers: readonly string[];
  databaseUrl: (service: ServiceName, role: DatabaseRole, cell?: string) => string;
  /** In the order of delivery's processes; empty: all processes are of one cell. */
  cells: readonly string[];
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

export function serviceEnvironment(
  name: ProcessName,
  replica: number,
  settings: ServiceSettings,
): Record<string, string> {
  if (name === 'slack-simulator') return simulatorEnvironment(settings);
  const port = replicaPort(settings.ports, name, replica);
  return {
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    AUTH_ISSUERS: settings.issuerUrl,
    AUTH_AUDIENCE: 'carillon',
    TENANTS_FILE: settings.tenantsFile,
    CARILLON_MODE: 'development', // a playground's tenants accept events from any source
    KAFKA_BROKERS: settings.brokers.join(','),
    SHUTDOWN_TIMEOUT_MS: '15s', // less than SupervisedProcess.stop() waits
    KAFKA_MAX_PARTITIONS: '12', // one broker
    KAFKA_SESSION_TIMEOUT_MS: '10s', // another process takes over from a killed one soon
    ...ownEnvironmentOf(name, settings),
    ...(name === 'delivery' ? cellEnvironment(replica, settings) : {}),
  };
}

function ownEnvironmentOf(name: ServiceName, settings: ServiceSettings): Record<string, string> {
  const database = {
    DATABASE_URL: settings.databaseUrl(name, 'service'),
    MIGRATION_DATABASE_URL: settings.databaseUrl(name, 'migration'),
  };
  const unsubscribing = { UNSUBSCRIBE_KEY: settings.unsubscribeKey };
  const slack = { SLACK_URL: settings.slackUrl };
  const slackApp = {
    SLACK_CLIENT_ID: settings.slackApp.clientId,
    SLACK_CLIENT_SECRET: settings.slackApp.clientSecret,
  };
  const installation = { INSTALLATION_URL: `http://127.0.0.1:${settings.ports.installation}` };
  const identity = {
    SERVICE_TOKEN_URL: `${settings.issuerUrl}/token`,
    SERVICE_CLIENT_ID: name,
    SERVICE_CLIENT_SECRET: settings.clientSecret(name),
  };
  switch (name) {
    case 'installation':
      return {
        ...database,
        ...slack,
        ...slackApp,
        TOKEN_KEYS: settings.tokenKeys,
        SERVICE_CLIENTS: tokenClients,
      };
    case 'directory-sync':
      return { ...database, ...slack, ...slackApp, ...installation, ...identity };
    case 'preferences':
      return {
        ...{ ...database, ...identity, ...unsubscribing },
        DELIVERY_URL: `http://127.0.0.1:${settings.ports.delivery}`,
      };
    case 'delivery':
      return {
        ...{ ...database, ...slack, ...installation, ...identity, ...unsubscribing },
        SMTP_URL: settings.smtpUrl,
        MAIL_FROM: 'Carillon <carillon@playground.test>',
        UNSUBSCRIBE_URL: `http://127.0.0.1:${settings.ports.preferences}`,
      };
    case 'slack-ingress':
      return { ...database, SLACK_SIGNING_SECRET: settings.slackApp.signingSecret };
    case 'console':
      return {};
  }
}

function cellEnvironment(replica: number, { cells, databaseUrl }: ServiceSettings): Record<string, string> {
  const cell = cells[replica];
  if (cell === undefined) return {};
  return {
    CELL: cell,
    DATABASE_URL: databaseUrl('delivery', 'service', cell),
    MIGRATION_DATABASE_URL: databaseUrl('delivery', 'migration', cell),
  };
}

function simulatorEnvironment(settings: ServiceSettings): Record<string, string> {
  const ingress = `http://127.0.0.1:${settings.ports['slack-ingress']}`;
  return {
    HOST: '127.0.0.1',
    PORT: String(settings.ports.slack),
    SLACK_CLIENT_ID: settings.slackApp.clientId,
    SLACK_CLIENT_SECRET: settings.slackApp.clientSecret,
    SLACK_SIGNING_SECRET: settings.slackApp.signingSecret,
    EVENTS_URL: `${ingress}/slack/events`,
    INTERACTIONS_URL: `${ingress}/slack/interactions`,
    COMMANDS_URL: `${ingress}/slack/commands`,
  };
}

/** The services that call Slack get bot tokens, and report the ones that Slack refuses. */
const tokenClients =
  'delivery=POST /v1/tokens,POST /v1/tokens/dead;directory-sync=POST /v1/tokens,POST /v1/tokens/dead';

const passedOn = /^(PATH|HOME|TMPDIR|LANG|LC_.*|TZ|LOG_LEVEL|NODE_EXTRA_CA_CERTS|OTEL_(?!SERVICE_NAME).*)$/;

/** The variables of this process that every process gets. */
export function inheritedEnvironment(
  compileCache: string,
  env: NodeJS.ProcessEnv = environment,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCache };
}
