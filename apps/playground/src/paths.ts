// Paths: the repository, this app, and the folder for downloads.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from './environment.ts';

export const appFolder = dirname(dirname(fileURLToPath(import.meta.url)));
export const repository = join(appFolder, '../..');
export const nodeBinary = process.execPath;

/** `CARILLON_CACHE`, else the user's cache folder, else the OS temp folder when the home can't be written to. */
export function cacheFolder(env: NodeJS.ProcessEnv = environment): string {
  if (env['CARILLON_CACHE']) return made(env['CARILLON_CACHE']);
  const preferred = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'carillon');
  try {
    accessSync(made(preferred), constants.W_OK);
    return preferred;
  } catch {
    return made(join(tmpdir(), `carillon-cache-${process.getuid?.() ?? 0}`));
  }
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
