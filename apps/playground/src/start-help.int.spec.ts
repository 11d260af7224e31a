// `npm start -- --help` in a clone where nothing is installed. UPDATE_DOCS=1 writes the text again.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environment } from './environment.ts';
import { parseOptions } from './options.ts';
import { appFolder, repository } from './paths.ts';

const file = join(appFolder, 'bin/start-help.txt');
let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'carillon-clone-'));
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  }).split('\0');
  for (const path of tracked.filter((one) => one !== '' && existsSync(join(repository, one))))
    cpSync(join(repository, path), join(clone, path), { recursive: true });
}, 60_000);
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function helpOfOptions(): string {
  const parsed = parseOptions(['--help']);
  if (!('help' in parsed)) throw new Error('the options have no help');
  return parsed.help.endsWith('\n') ? parsed.help : `${parsed.help}\n`;
}

test('bin/start-help.txt is what the options say (else run with UPDATE_DOCS=1)', () => {
  if (environment['UPDATE_DOCS'] === '1') writeFileSync(file, helpOfOptions());
  expect(readFileSync(file, 'utf8')).toBe(helpOfOptions());
});

test.each([['--help'], ['-h'], ['--port-offset', '100', '--help']])(
  'npm start -- %s answers at once in a clone without node_modules',
  (...args) => {
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
    const script = join(clone, 'apps/playground/bin/start.mjs');
    const said = execFileSync(process.execPath, [script, ...args], {
      cwd: clone,
      encoding: 'utf8',
      env: { PATH: dirname(process.execPath) },
      timeout: 20_000,
    });
    expect(said).toBe(helpOfOptions());
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  },
);
