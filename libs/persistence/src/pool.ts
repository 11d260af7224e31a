// A pool of plain PostgreSQL connections, for hot paths. Guarantees: connecting, a statement and an open transaction
// have a time limit; an idle connection that breaks is logged and does not end the process.
//
// A connection that is lost without a notice (a broken link, a firewall that dropped the flow) is detected on both
// sides:
// - here, by an answer that does not come (query_timeout), or by TCP keepalive where no statement runs;
// - at the server, which would hold locks for the session, by keepalive when the session is idle, and by
//   tcp_user_timeout when data stays unacknowledged or unread, where neither statement_timeout nor keepalive helps.
import { createLogger } from '@carillon/telemetry';
import { Pool, type PoolConfig } from 'pg';
import { showPool } from './pool-metrics.ts';

export interface PoolOptions {
  /** Most connections of this process to this database, the outbox relay's one included. */
  max?: number;
  /** Seen in pg_stat_activity, and the name of the pool in the metrics. */
  applicationName?: string;
  statementTimeoutMs?: number;
  /** Server settings of every session, e.g. for the planner. */
  settings?: Record<string, string>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/**
 * At the server, per session: a peer that is gone is noticed within 20 to 25 seconds. Milliseconds and seconds, as
 * PostgreSQL has them.
 */
const DEAD_PEER_SETTINGS = {
  tcp_user_timeout: '20000',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
};
/** Here: then one probe a second, ten of them (libuv). */
const KEEPALIVE_AFTER_MS = 10_000;
/** A process that freezes in a transaction must not hold its row locks for longer than this. */
const IDLE_IN_TRANSACTION_MS = 10_000;

export function createPool(url: string, options: PoolOptions = {}): Pool {
  const log = createLogger('database');
  const pool = new Pool({ connectionString: url, ...poolSettings(options) });
  showPool(options.applicationName ?? 'default', pool);
  pool.on('error', (error) => log.warn(causeOf(error), 'an idle database connection broke'));
  return pool;
}

/** pg attaches the client and its connection settings to the error; the log gets the code and the message only. */
export const causeOf = ({ message, code }: Error & { code?: string }): object => ({
  message,
  ...(code === undefined ? {} : { code }),
});

/** The same for a pool that someone else builds (TypeORM's). */
export function poolSettings({
  max = 10,
  applicationName,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
  settings = {},
}: PoolOptions): PoolConfig {
  return {
    max,
    options: Object.entries({ ...DEAD_PEER_SETTINGS, ...settings })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    statement_timeout: statementTimeoutMs,
    // The server's own limit is shorter; this one is for a server that does not answer any more.
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + 5_000,
    ...(applicationName ? { application_name: applicationName } : {}),
  };
}
