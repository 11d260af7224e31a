// The files of one playground: by default in `.carillon` of the repository, for tests in a temporary folder.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { repository } from './paths.ts';
import { postgresDataDir } from './postgres/start-postgres.ts';

export interface DeclaredTenant {
  id: string;
  /** Default: cell `0`. */
  cell?: string;
  /** Default: every source. */
  sources?: readonly string[];
}

export interface DeclaredCell {
  id: string;
  deliveryUrl: string;
}

export class DataFolder {
  readonly logs: string;
  readonly kafka: string;
  readonly postgres: string;
  readonly secrets: string;
  readonly tenants: string;
  readonly state: string;
  readonly compileCache: string;

  private constructor(
    readonly path: string,
    /** Created for this run; `discard` removes it. */
    readonly temporary: boolean,
  ) {
    this.logs = join(path, 'logs');
    this.kafka = join(path, 'kafka');
    this.postgres = join(path, 'postgres');
    this.secrets = join(path, 'secrets.json');
    this.tenants = join(path, 'tenants.yaml');
    this.state = join(path, 'playground.json');
    this.compileCache = join(repository, 'node_modules/.cache/carillon-compile');
  }

  static at(path: string): DataFolder {
    mkdirSync(path, { recursive: true });
    return new DataFolder(path, false);
  }

  static ofRepository(): DataFolder {
    return DataFolder.at(join(repository, '.carillon'));
  }

  static forThisRun(): DataFolder {
    const path = mkdtempSync(join(tmpdir(), 'carillon-'));
    chmodSync(path, 0o711); // PostgreSQL's user has to get to its data
    return new DataFolder(path, true);
  }

  logOf(label: string): string {
    return join(this.logs, `${label}.log`);
  }

  wipe(): void {
    const postgres = postgresDataDir(this.postgres);
    for (const path of [this.logs, this.kafka, this.postgres, postgres, this.secrets, this.tenants, this.state])
      rmSync(path, { recursive: true, force: true });
  }

  /** The logs are those of one run: the ones of an earlier run are removed. */
  startLogs(): void {
    rmSync(this.logs, { recursive: true, force: true });
    mkdirSync(this.logs, { recursive: true });
    rmSync(this.state, { force: true });
  }

  /** Any `ce_source` is accepted: people who try the playground name their product as they like. */
  declareTenants(declared: readonly (string | DeclaredTenant)[], cells: readonly DeclaredCell[] = []): void {
    const tenants = declared.map((one) => {
      const { id, ...given } = typeof one === 'string' ? { id: one } : one;
      return { id, name: id.charAt(0).toUpperCase() + id.slice(1), sources: ['*'], ...given };
    });
    writeFileSync(this.tenants, stringify(cells.length === 0 ? { tenants } : { tenants, cells }));
  }

  discard(): void {
    if (!this.temporary) return;
    const postgres = postgresDataDir(this.postgres);
    for (const path of [postgres, this.path]) rmSync(path, { recursive: true, force: true });
  }
}
