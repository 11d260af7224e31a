// What `npm start`, `npm test` and `npm run bench` need before the first line of TypeScript can run: the right Node,
// the dependencies of the lock file, and a build that is no older than the sources. Plain JavaScript without
// dependencies, for any Node >= 20. When nothing changed it costs a fraction of a second and prints nothing.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const modules = join(root, 'node_modules');
export const node = join(modules, 'node/bin/node');

/** Everything in order. A step that fails throws a Failure: one sentence for a person. */
export async function prepare() {
  requireNode();
  const installed = await install();
  const built = await build();
  return { installed, built };
}

export class Failure extends Error {}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    throw new Failure(`Carillon needs Node 20.11 or newer, this is ${process.version}. See https://nodejs.org.`);
  }
}

// ---- dependencies ----

async function install() {
  const stamp = join(modules, '.carillon-lock');
  const wanted = digest([readFileSync(join(root, 'package-lock.json'))]);
  const hidden = join(modules, '.package-lock.json');
  if (existsSync(hidden) && ((existsSync(stamp) && read(stamp) === wanted) || matchesLock(hidden))) {
    if (!existsSync(stamp) || read(stamp) !== wanted) writeFileSync(stamp, wanted);
    await requireNodeBinary();
    return false;
  }
  console.log('Installing dependencies (npm ci), a minute or two …');
  await npm(['ci', '--loglevel=error', '--no-audit', '--no-fund', '--prefer-offline'], 'npm ci');
  await requireNodeBinary();
  writeFileSync(stamp, wanted);
  return true;
}

/** Somebody ran `npm install` himself: is what he has what the lock file says? */
function matchesLock(hidden) {
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  const have = packagesOf(hidden);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, entry]) =>
      !path.includes('node_modules/') ||
      entry.link ||
      (have[path]
        ? have[path].version === entry.version && have[path].integrity === entry.integrity
        : entry.optional || entry.peer),
  );
}

/** The npm package `node` fetches its binary in an install script, which some configurations forbid. */
async function requireNodeBinary() {
  if (existsSync(node)) return;
  console.log('Fetching Node 24 (the npm package `node`) …');
  const folder = join(modules, 'node');
  await run(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: folder,
    what: 'the install script of the npm package `node`',
  });
  if (!existsSync(node))
    throw new Failure(
      'The npm package `node` has no binary for this machine. Run `npm rebuild node` and read what it says.',
    );
}

function npm(args, what) {
  const cli = process.env.npm_execpath;
  return cli && cli.endsWith('.js') ? run(process.execPath, [cli, ...args], { what }) : run('npm', args, { what });
}

// ---- build ----

async function build() {
  const stamp = join(modules, '.carillon-build');
  const projects = listProjects();
  const state = stateOf(projects);
  if (existsSync(stamp) && read(stamp) === state && projects.every((p) => existsSync(join(p, 'dist/.tsbuildinfo'))))
    return false;
  removeOrphans(projects);
  const started = Date.now();
  console.log('Building (tsc -b) …');
  rmSync(stamp, { force: true });
  await run(
    node,
    [join(modules, 'typescript/bin/tsc'), '-b', '--verbose', '--pretty', String(process.stdout.isTTY === true)],
    {
      what: 'the build (tsc -b)',
      onLine: (line) => {
        const project = /Building project '(.*)\/tsconfig\.json'/.exec(line)?.[1];
        if (project) console.log(`  ${relative(root, resolve(root, project)) || '.'}`);
        else if (
          !/Projects in this build|^\s+\* |Project '.*' is (up to date|out of date)|Updating (unchanged )?output|^\s*$/.test(
            line,
          )
        )
          console.log(line);
      },
    },
  );
  writeFileSync(stamp, state);
  console.log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  return true;
}

function listProjects() {
  return ['apps', 'libs']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, 'tsconfig.json')) && existsSync(join(folder, 'src')));
}

/** Name, size and time of every source: what make would look at. */
function stateOf(projects) {
  const files = [join(root, 'package-lock.json'), join(root, 'tsconfig.base.json'), join(root, 'tsconfig.json')];
  for (const project of projects)
    files.push(join(project, 'tsconfig.json'), join(project, 'package.json'), ...filesUnder(join(project, 'src')));
  return digest(
    files.map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${relative(root, file)} ${size} ${mtimeMs}\n`;
    }),
  );
}

/** `tsc -b` keeps what it once emitted for a source that is gone; a test or a migration would still be found there. */
function removeOrphans(projects) {
  for (const project of projects) {
    const dist = join(project, 'dist');
    if (!existsSync(dist)) continue;
    for (const file of filesUnder(dist)) {
      const emitted = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(relative(dist, file));
      if (!emitted) continue;
      const source = join(project, 'src', emitted[1]);
      if (!['.ts', '.tsx'].some((extension) => existsSync(source + extension))) rmSync(file);
    }
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

// ---- running things ----

/** Hands the terminal over to a script under Node 24 and ends as it ends. Signals are its business, not ours. */
export function handOver(script, args, env = {}) {
  const bin = [dirname(node), join(modules, '.bin')].join(':');
  const child = spawn(node, ['--disable-warning=TimeoutNegativeWarning', script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH ?? ''}` },
  });
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole foreground group by itself
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : (code ?? 1)));
}

/** A long step: shows its output, or at least that it still runs. Ctrl-C ends it and us. */
function run(command, args, { what, cwd = root, onLine }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'] });
    const started = Date.now();
    const beat = setInterval(() => console.log(`  … ${what}: ${Math.round((Date.now() - started) / 1000)} s`), 15_000);
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach((line) => onLine(line));
    });
    child.on('error', (error) => {
      clearInterval(beat);
      reject(new Failure(`Could not run ${command}: ${error.message}`));
    });
    child.on('close', (code) => {
      clearInterval(beat);
      if (rest) onLine?.(rest);
      if (code === 0) resolve();
      else reject(new Failure(`${what} failed; the lines above say why.`));
    });
  });
}

/** Runs a command's body; a Failure is one sentence, anything else keeps its stack. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = 1;
  }
}

const read = (file) => readFileSync(file, 'utf8').trim();

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
