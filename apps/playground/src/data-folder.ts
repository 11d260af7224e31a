// What one playground keeps, and where: by default `.carillon` in the repository, for tests a temp folder of their own.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { repository } from './paths.ts';
import { postgresDataDir } from './postgres/start-postgres.ts';

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
    /** Made for this run alone: gone when it ends. */
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

  /** Logs tell of one run: what an earlier one wrote goes. */
  startLogs(): void {
    rmSync(this.logs, { recursive: true, force: true });
    mkdirSync(this.logs, { recursive: true });
    rmSync(this.state, { force: true });
  }

  /** Any source: whoever tries the playground names their product as they like. */
  declareTenants(ids: readonly string[]): void {
    writeFileSync(
      this.tenants,
      stringify({ tenants: ids.map((id) => ({ id, name: id.charAt(0).toUpperCase() + id.slice(1), sources: ['*'] })) }),
    );
  }

  discard(): void {
    if (!this.temporary) return;
    const postgres = postgresDataDir(this.postgres);
    for (const path of [postgres, this.path]) rmSync(path, { recursive: true, force: true });
  }
}
