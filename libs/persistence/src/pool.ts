// Plain PostgreSQL connections for hot paths. Promises: nothing waits for ever (to connect, for an answer, in an open
// transaction), and an idle connection that breaks is a log line, never the end of the process.
import { createLogger } from '@carillon/telemetry';
import { Pool, type PoolConfig } from 'pg';

export interface PoolOptions {
  /** Most connections of this process to this database, the outbox relay's one included. */
  max?: number;
  /** Seen in pg_stat_activity. */
  applicationName?: string;
  statementTimeoutMs?: number;
  /** Server settings of every session, e.g. for the planner. */
  settings?: Record<string, string>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** A process that freezes in a transaction must not hold its row locks for longer than this. */
const IDLE_IN_TRANSACTION_MS = 10_000;

export function createPool(url: string, options: PoolOptions = {}): Pool {
  const log = createLogger('database');
  const pool = new Pool({ connectionString: url, ...poolSettings(options) });
  pool.on('error', (error) => log.warn(causeOf(error), 'an idle database connection broke'));
  return pool;
}

/** pg hangs the whole client on the error, its connection settings included; a log needs two words of it. */
export const causeOf = ({ message, code }: Error & { code?: string }): object => ({ message, ...(code === undefined ? {} : { code }) });

/** The same for a pool that someone else builds (TypeORM's). */
export function poolSettings({ max = 10, applicationName, statementTimeoutMs = STATEMENT_TIMEOUT_MS, settings = {} }: PoolOptions): PoolConfig {
  return {
    max,
    ...(Object.keys(settings).length > 0 && { options: Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' ') }),
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    statement_timeout: statementTimeoutMs,
    // The server's own limit comes first; this one is for a server that no longer answers.
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + 5_000,
    ...(applicationName ? { application_name: applicationName } : {}),
  };
}
