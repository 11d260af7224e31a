// `npm test`: lint, types, unit, integration and e2e, on servers that it starts and stops, on free ports. Lint uses one
// core and runs beside unit. Every step runs even when an earlier one failed; the slowest spec files and what failed
// are named at the end, and the last line is `N passed, N failed`. (Types are checked by the build that comes before
// this.) `--spec` runs one spec file instead.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { environment } from '../environment.ts';
import { CannotStart } from '../cannot-start.ts';
import { repository } from '../paths.ts';
import { Progress } from '../progress.ts';
import { chosenSpec, type ChosenSpec } from './chosen-spec.ts';
import { Failures } from './failures.ts';
import type { Counts } from './jest-counts.ts';
import { runStep } from './run-step.ts';
import { SpecTimes } from './spec-times.ts';
import { startTestServers } from './test-servers.ts';

/** One stage after the other; the steps of a stage run at the same time. */
const stages = [['lint', 'unit'], ['integration'], ['e2e']] as const;
const stepNames = stages.flat();
type StepName = (typeof stages)[number][number];
type Run = () => Promise<Counts>;

interface Result extends Counts {
  name: string;
  seconds: number;
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interruption.abort(new CannotStart('Interrupted.')));
}
async function main(): Promise<number> {
  const wanted = parse(process.argv.slice(2));
  if (wanted === undefined) return process.exitCode ? Number(process.exitCode) : 0;
  const results: Result[] = [
    { name: 'types', passed: 0, failed: 0, seconds: Number(environment['CARILLON_PREPARED_MS'] ?? 0) / 1000 },
  ];
  for (const stage of wanted) results.push(...(await Promise.all(stage.map(([name, run]) => timed(name, run)))));
  return summarise(results);
}

const nx = join(repository, 'node_modules/.bin/nx');
const biome = join(repository, 'node_modules/@biomejs/biome/bin/biome');
const jest = join(repository, 'node_modules/jest/bin/jest.js');
const signal = interruption.signal;
const times = new SpecTimes();
/** One for each command, whose lines come in order; those of two that run at once do not. */
const failures: Failures[] = [];
function reader(): (line: string) => void {
  const ofCommand = new Failures();
  failures.push(ofCommand);
  return (line) => {
    times.read(line);
    ofCommand.read(line);
  };
}
/** For two cores. */
const atOnce = 2;
/** Integration specs wait for servers half of the time. */
const integrationAtOnce = 3;

const steps: Record<StepName, Run> = {
  lint: async () => {
    // Biome checks the format and the import cycles of the whole tree, ESLint the rest. One process for all projects
    // reads the types of the libraries once; Nx starts it, since its rule of boundaries reads the graph of Nx.
    const printsAtEnd = true;
    const tree = await runStep({ args: [biome, 'ci', '.'], signal, onLine: reader(), printsAtEnd });
    const args = [nx, 'run', '@carillon/checks:lint-all', '--outputStyle=static'];
    const projects = await runStep({ args, signal, onLine: reader(), printsAtEnd });
    return { passed: tree.passed + projects.passed, failed: tree.failed + projects.failed };
  },
  unit: () =>
    runStep({
      args: [nx, 'run-many', '-t', 'test', `--parallel=${atOnce}`, '--outputStyle=static'],
      signal,
      onLine: reader(),
    }),
  integration: () =>
    withServers((env) =>
      runStep({
        args: [
          nx,
          'run-many',
          '-t',
          'integration',
          'integration-second-client',
          `--parallel=${integrationAtOnce}`,
          '--outputStyle=static',
        ],
        env,
        signal,
        onLine: reader(),
      }),
    ),
  e2e: () => {
    const folder = join(repository, 'apps/e2e');
    if (!hasSpecs(join(folder, 'src'))) return Promise.resolve({ passed: 0, failed: 0 });
    return runStep({
      args: ['--experimental-vm-modules', jest, `--maxWorkers=${atOnce}`],
      cwd: folder,
      signal,
      onLine: reader(),
    });
  },
};

/** The timeout is that of the target `integration` in nx.json; apps/e2e states a longer one of its own. */
function runSpec({ folder, file, needsServers }: ChosenSpec): Promise<Counts> {
  const args = ['--experimental-vm-modules', jest, '--runTestsByPath', file];
  if (!needsServers) return runStep({ args, cwd: folder, signal, onLine: reader() });
  return withServers((env) =>
    runStep({ args: [...args, '--testTimeout=120000'], cwd: folder, env, signal, onLine: reader() }),
  );
}

async function withServers(run: (env: Record<string, string>) => Promise<Counts>): Promise<Counts> {
  const servers = await startTestServers(new Progress(), signal);
  try {
    return await run(servers.env);
  } finally {
    await servers.stop();
  }
}

function hasSpecs(folder: string): boolean {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.spec.ts'))
  );
}

async function timed(name: string, run: Run): Promise<Result> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  if (signal.aborted) return { name, passed: 0, failed: 0, seconds: 0 };
  console.log(`\n──── ${name}`);
  try {
    return { name, ...(await run()), seconds: seconds() };
  } catch (error) {
    if (!signal.aborted) console.error(error instanceof CannotStart ? error.message : error);
    return { name, passed: 0, failed: 1, seconds: seconds() };
  }
}

function summarise(results: readonly Result[]): number {
  const slowest = times.slowest(10);
  if (slowest.length > 0) console.log('\n──── slowest specs');
  for (const { project, file, seconds } of slowest)
    console.log(`  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${project} ${file}`);
  const broken = failures.flatMap((ofCommand) => ofCommand.list(10));
  if (broken.length > 0) console.log(['\n──── failures', ...broken].join('\n'));
  console.log('\n──── summary');
  for (const { name, passed, failed, seconds } of results) {
    const counts = passed + failed === 0 ? '' : `${passed} passed, ${failed} failed`;
    console.log(`  ${failed === 0 ? '✓' : '✗'} ${name.padEnd(12)} ${`${seconds.toFixed(1)} s`.padStart(8)}  ${counts}`);
  }
  if (signal.aborted) console.log('  interrupted');
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return signal.aborted ? 130 : failed > 0 ? 1 : 0;
}

/** Undefined: there is nothing to run, because help or an error was printed. */
function parse(argv: readonly string[]): [string, Run][][] | undefined {
  const command = new Command('npm test --')
    .usage('[flags]')
    .description('Runs every test, on servers of its own.')
    .addOption(new Option('--only <step>', `one of ${stepNames.join(', ')}; may be repeated`).argParser(parseStep))
    .addOption(
      new Option('--spec <file>', 'one spec file instead, with the servers that it needs')
        .argParser(parseSpec)
        .conflicts('only'),
    )
    .allowExcessArguments(false)
    .exitOverride();
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) console.log('0 passed, 1 failed');
    process.exitCode = error.exitCode;
    return undefined;
  }
  const { only, spec } = command.opts<{ only?: StepName[]; spec?: ChosenSpec }>();
  if (spec) return [[['spec', () => runSpec(spec)]]];
  const wanted = (name: StepName): boolean => !only || only.includes(name);
  return stages.map((stage) => stage.filter(wanted).map((name) => [name, steps[name]]));
}

function parseSpec(value: string): ChosenSpec {
  try {
    return chosenSpec(value);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseStep(value: string, previous: readonly StepName[] = []): StepName[] {
  const step = stepNames.find((name) => name === value);
  if (!step) throw new InvalidArgumentError(`The steps are ${stepNames.join(', ')}.`);
  return [...previous, step];
}

process.exitCode = await main();
process.exit();
