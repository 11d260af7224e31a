// PostgreSQL refuses to run as root. Under root it runs as an existing unprivileged user, who must be able to read its
// programs and data. Where the repository is in a folder that other users can't open (/root, a home with mode 0700),
// both are in the temporary folder of the operating system.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart } from '../cannot-start.ts';

export interface RunAs {
  uid: number;
  gid: number;
}

/** Undefined: as the current user. */
export function runAs(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // no such user here
    }
  }
  throw new CannotStart(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody. Run as an ordinary user, or set DATABASE_URL.',
  );
}

export function canEnter(folder: string, user: RunAs | undefined): boolean {
  return (
    user === undefined ||
    spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

/** A folder that the unprivileged user can reach: the same one each time, unless somebody else has taken that name. */
export function reachableFolder(name: string, user: RunAs | undefined): string {
  for (const base of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    if (!canEnter(base, user)) continue;
    const folder = join(base, `carillon-${process.getuid?.() ?? 0}-${name}`);
    try {
      mkdirSync(folder, { mode: 0o755 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') continue;
    }
    const found = lstatSync(folder);
    const chosen = found.isDirectory() && found.uid === process.getuid?.() ? folder : mkdtempSync(`${folder}-`);
    chmodSync(chosen, 0o755);
    return chosen;
  }
  throw new CannotStart(
    'There is no temp folder that PostgreSQL could use. Set TMPDIR to one, or DATABASE_URL to an existing PostgreSQL.',
  );
}
