// One PostgreSQL server on loopback. It can be stopped, killed and started again on the same port with its data.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findFreePort } from '../ports.ts';
import { ManagedProcess, describeExit, tailOf } from '../processes/managed-process.ts';
import type { ProcessRegistry } from '../processes/process-ledger.ts';
import { until } from '../until.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { canEnter, reachableFolder, runAs, type RunAs } from './unprivileged.ts';

export interface PostgresOptions {
  /** Left out: a free one. */
  port?: number;
  dataDir: string;
  logFile: string;
  password: string;
  /** Off: quicker; data survives a killed process but not a power cut. */
  durable?: boolean;
  registry?: ProcessRegistry;
  signal?: AbortSignal;
}

export interface PostgresServer {
  /** Superuser, database `postgres`. */
  readonly url: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number | undefined;
  /** `fast` ends sessions and saves; `immediate` recovers at the next start; `kill` as a crash would. */
  stop(mode?: 'fast' | 'immediate' | 'kill'): Promise<void>;
  start(): Promise<void>;
}

export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const user = runAs();
  const server = new Server(postgresBinaries(user), user, options, options.port ?? (await findFreePort()));
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop('immediate');
    throw error;
  }
}

/** The data directory: in the given folder, or in a temporary one where PostgreSQL's user can't open it. */
export function postgresDataDir(wanted: string): string {
  const user = runAs();
  mkdirSync(dirname(wanted), { recursive: true });
  if (canEnter(dirname(wanted), user)) return wanted;
  return join(
    reachableFolder(`data-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`, user),
    'postgres',
  );
}

class Server implements PostgresServer {
  readonly url: string;
  readonly dataDir: string;
  readonly logFile: string;
  #process: ManagedProcess | undefined;

  constructor(
    private readonly binaries: PostgresBinaries,
    private readonly user: RunAs | undefined,
    private readonly options: PostgresOptions,
    private readonly port: number,
  ) {
    this.url = `postgres://postgres:${options.password}@127.0.0.1:${port}/postgres`;
    this.dataDir = postgresDataDir(options.dataDir);
    this.logFile = options.logFile;
  }

  get pid(): number | undefined {
    return this.#process?.exit ? undefined : this.#process?.pid;
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    if (!existsSync(join(this.dataDir, 'PG_VERSION'))) await this.#initialise();
    await until('PostgreSQL to start', () => this.#tryStart(), {
      timeoutMs: 15_000,
      everyMs: 300,
      ...(this.options.signal ? { signal: this.options.signal } : {}),
    });
  }

  async stop(mode: 'fast' | 'immediate' | 'kill' = 'fast'): Promise<void> {
    const signal = ({ fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const)[mode];
    await this.#process?.stop({ signal });
    this.#process = undefined;
  }

  /** False: it ended before it answered, because the shared memory of a killed server is not free yet. */
  async #tryStart(): Promise<boolean> {
    const postgres = await ManagedProcess.start({
      label: 'postgres',
      command: this.binaries.postgres,
      args: this.#arguments(),
      logFile: this.logFile,
      stopSignal: 'SIGINT',
      cwd: '/',
      ...this.user,
    });
    this.#process = postgres;
    this.options.registry?.add(postgres, 'postgres');
    void postgres.exited.then(() => this.options.registry?.remove(postgres.pid));
    await until('PostgreSQL to answer', () => (postgres.exit ? true : answers(this.url)), {
      timeoutMs: 60_000,
      everyMs: 50,
    });
    if (postgres.exit)
      throw new Error(
        `PostgreSQL ${describeExit(postgres.exit)}; the end of ${this.logFile}:\n${tailOf(this.logFile)}`,
      );
    return true;
  }

  #arguments(): string[] {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '300',
      shared_buffers: '64MB',
      max_wal_size: '1GB',
      ...(this.options.durable === false ? { fsync: 'off', full_page_writes: 'off' } : {}),
    };
    return [
      '-D',
      this.dataDir,
      '-p',
      String(this.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
  }

  /** In another folder that is renamed at the end: an interrupted initdb leaves no incomplete database. */
  async #initialise(): Promise<void> {
    const fresh = `${this.dataDir}.new`;
    const passwordFile = `${this.dataDir}.password`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true, mode: 0o700 });
    writeFileSync(passwordFile, `${this.options.password}\n`, { mode: 0o600 });
    if (this.user) for (const path of [fresh, passwordFile]) chownSync(path, this.user.uid, this.user.gid);
    const flags = [
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ];
    try {
      await promisify(execFile)(this.binaries.initdb, ['-D', fresh, `--pwfile=${passwordFile}`, ...flags], {
        cwd: '/',
        ...this.user,
      });
      renameSync(fresh, this.dataDir);
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
