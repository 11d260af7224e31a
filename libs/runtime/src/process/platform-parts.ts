// Builds, connects and closes the parts of the platform that a service needs: a database where the service declares
// one, Kafka where its schema has KAFKA_BROKERS, its own identity where it has SERVICE_TOKEN_URL. Guarantees:
// everything that was opened is closed in the right order, also where the start fails.
import { auditRecorded, defaultCell, inCell, type AuditEntry, type Topic } from '@carillon/domain';
import { encode, ensureTopics, Publisher } from '@carillon/messaging';
import { KafkaBatchServer } from '@carillon/messaging-nest';
import {
  changeableAuditTables,
  createDataSource,
  createPool,
  inTransaction,
  migrate,
  OutboxRelay,
  recordAudit,
  type EntityClass,
  type MigrationClass,
} from '@carillon/persistence';
import { createLogger, type Logger } from '@carillon/telemetry';
import { AuditLog } from '../audit/audit-log.ts';
import { ServiceTokens } from '../auth/service-tokens.ts';
import { kafkaConfigOf, type AuthSettings, type KafkaSettings } from '../config/fragments.ts';
import { OpenApi } from '../http/openapi.ts';
import type { Platform } from '../platform/platform.module.ts';
import { Tenants } from '../tenants/tenants.ts';
import { Lifecycle } from './lifecycle.ts';
import { Readiness } from './readiness.ts';

export interface DatabaseOptions {
  entities?: readonly EntityClass[];
  migrations: readonly MigrationClass[];
  /** Most connections of the plain pool (DATABASE). Default 10. */
  max?: number;
  /** Server settings of the plain pool's sessions. */
  settings?: Record<string, string>;
  /**
   * The migrations create the table `audit_entry`: entries are written there and `GET /v1/audit` exists.
   */
  audit?: boolean;
}

export interface PartsOptions {
  name: string;
  database?: DatabaseOptions;
  topics?: readonly Topic[];
  /** Called when the consumer failed for good: the process has to end. */
  onDead: (error: unknown) => void;
}

/** Objects only; nothing is connected yet. */
export function createPlatform(config: object, options: PartsOptions): Platform {
  const { SHUTDOWN_TIMEOUT_MS: shutdownMs } = config as { SHUTDOWN_TIMEOUT_MS?: number };
  const lifecycle = new Lifecycle(shutdownMs);
  const auditTable = options.database?.audit === true;
  const { AUDIT_REFUSAL_INTERVAL_MS: refusalIntervalMs } = config as { AUDIT_REFUSAL_INTERVAL_MS?: number };
  const audit = new AuditLog({
    service: options.name,
    write: (entries) => writeAudit(platform, entries),
    ...(refusalIntervalMs === undefined ? {} : { refusalIntervalMs }),
  });
  // After the intake is closed and before the outbox is emptied for the last time.
  lifecycle.onStop('work', 'audit', () => audit.flush());
  const platform: Platform = {
    config,
    lifecycle,
    readiness: new Readiness(),
    openApi: new OpenApi(options.name),
    audit,
    auditTable,
  };
  if ('TENANTS_FILE' in config) {
    const { TENANTS_FILE, AUTH_ISSUERS, CARILLON_MODE } = config as AuthSettings & {
      CARILLON_MODE: 'production' | 'development';
    };
    platform.tenants = Tenants.load(TENANTS_FILE, { issuers: AUTH_ISSUERS, mode: CARILLON_MODE });
    const cell = cellOf(config);
    if (cell !== undefined) platform.tenants.checkCell(cell);
  }
  const {
    DATABASE_URL,
    SERVICE_TOKEN_URL,
    SERVICE_CLIENT_ID = '',
    SERVICE_CLIENT_SECRET = '',
  } = config as Record<string, string | undefined>;

  if (options.database) {
    if (!DATABASE_URL) throw new Error('a service with a database spreads databaseConfig into its schema');
    const { entities = [], migrations, max, settings } = options.database;
    platform.dataSource = createDataSource({ url: DATABASE_URL, entities, migrations, applicationName: options.name });
    platform.pool = createPool(DATABASE_URL, {
      applicationName: options.name,
      ...(max ? { max } : {}),
      ...(settings ? { settings } : {}),
    });
  }
  if ('KAFKA_BROKERS' in config) {
    const kafka = kafkaConfigOf(config as KafkaSettings, `carillon.${options.name}`);
    platform.publisher = new Publisher(kafka);
    platform.consumers = new KafkaBatchServer(kafka, {
      service: options.name,
      cell: cellOf(config) ?? defaultCell,
      publisher: platform.publisher,
      onDead: options.onDead,
    });
  }
  if (platform.pool && platform.publisher) platform.outboxRelay = new OutboxRelay(platform.pool, platform.publisher);
  if (SERVICE_TOKEN_URL) {
    platform.serviceTokens = new ServiceTokens({
      tokenUrl: SERVICE_TOKEN_URL,
      clientId: SERVICE_CLIENT_ID,
      clientSecret: SERVICE_CLIENT_SECRET,
    });
  }
  return platform;
}

/** Migrates the schema, creates the topics and opens the connections; database and Kafka at the same time. */
export async function connectPlatform(platform: Platform, options: PartsOptions): Promise<void> {
  const log = createLogger('runtime');
  await Promise.all([connectDatabase(platform), connectKafka(platform, options, log)]);
  await startOutbox(platform, log);
}

/** Where entries without a transaction are written: the service's table, or else the topic, or else the log. */
async function writeAudit({ pool, publisher, auditTable }: Platform, entries: AuditEntry[]): Promise<void> {
  if (auditTable && pool) return inTransaction(pool, (tx) => recordAudit(tx, entries));
  if (publisher) {
    const records = entries.map((data) =>
      encode(auditRecorded, { id: data.id, source: `/carillon/${data.service}`, time: data.at, data }),
    );
    await publisher.publishRecords(records);
    return;
  }
  const log = createLogger('audit');
  for (const entry of entries) log.info({ audit: entry }, entry.action);
}

async function connectDatabase({
  config,
  dataSource,
  pool,
  auditTable,
  readiness,
  lifecycle,
}: Platform): Promise<void> {
  if (!dataSource || !pool) return;
  lifecycle.onRelease('database', async () => {
    await Promise.all([pool.end(), dataSource.isInitialized ? dataSource.destroy() : undefined]);
  });
  const { MIGRATION_DATABASE_URL: migrationUrl } = config as { MIGRATION_DATABASE_URL?: string };
  await migrate(dataSource, migrationUrl === undefined ? {} : { migrationUrl });
  if (auditTable && (await changeableAuditTables(pool)).length > 0) {
    const advice = 'give the tables to a role of their own with MIGRATION_DATABASE_URL (docs/adr/0021)';
    createLogger('runtime').warn(
      { advice },
      'the role of DATABASE_URL may change the audit log, so the log is not append-only',
    );
  }
  await dataSource.initialize();
  readiness.add('database', async (): Promise<true> => {
    await pool.query('SELECT 1');
    return true;
  });
}

async function connectKafka(
  { publisher, config, lifecycle, tenants }: Platform,
  options: PartsOptions,
  log: Logger,
): Promise<void> {
  if (!publisher) return;
  lifecycle.onRelease('publisher', (limitMs) => publisher.close(limitMs / 2));
  const topics = topicsOf(config, options.topics ?? [], tenants);
  await checkTopics(config as KafkaSettings, { ...options, topics }, log);
  await publisher.connect();
}

/** Undefined for a service that all cells share. */
const cellOf = (config: object): string | undefined => (config as { CELL?: string }).CELL;

/** A service that all cells share writes to the topics of each. */
function topicsOf(config: object, declared: readonly Topic[], tenants?: Tenants): Topic[] {
  const cell = cellOf(config);
  const cells = cell === undefined ? [defaultCell, ...(tenants?.cells ?? []).map(({ id }) => id)] : [cell];
  return [...new Set(declared.flatMap((topic) => cells.map((one) => inCell(topic, one))))];
}

async function checkTopics(config: KafkaSettings, { name, topics = [] }: PartsOptions, log: Logger): Promise<void> {
  // Every service writes audit entries for refused requests.
  const drift = await ensureTopics(
    kafkaConfigOf(config, `carillon.${name}`),
    [...new Set<Topic>([...topics, auditRecorded])],
    config.KAFKA_TOPICS,
    config.KAFKA_MAX_PARTITIONS === undefined ? {} : { maxPartitions: config.KAFKA_MAX_PARTITIONS },
  );
  for (const difference of drift) log.warn({ drift: difference }, 'a topic differs from its declaration');
}

/** Only where the service's migrations made the table. */
async function startOutbox({ pool, outboxRelay, lifecycle }: Platform, log: Logger): Promise<void> {
  if (!pool || !outboxRelay) return;
  const { rows } = await pool.query<{ there: boolean }>(`SELECT to_regclass('outbox') IS NOT NULL AS there`);
  if (!rows[0]?.there) {
    log.debug('this database has no outbox');
    return;
  }
  outboxRelay.start();
  lifecycle.onStop('flush', 'outbox', (limitMs) => outboxRelay.stop(0.8 * limitMs));
}
