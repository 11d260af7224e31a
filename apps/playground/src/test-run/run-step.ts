// Runs one command of the test run, prints its output, counts the tests in it, and passes each line on. The command has
// a process group of its own, so that an interruption ends all its processes. A command that takes longer than any
// machine needs is ended, and fails.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { environment } from '../environment.ts';
import { nodeBinary, repository } from '../paths.ts';
import { noLongerEndWithThisProcess, endWithThisProcess } from '../processes/reaper.ts';
import { JestCounts, type Counts } from './jest-counts.ts';

const limitMs = 30 * 60_000;

export interface Step {
  args: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
  signal: AbortSignal;
  /** Is given each line of the output, besides the counts. */
  onLine?: (line: string) => void;
  /** Prints the output when the command has ended, because another one runs beside it. */
  printsAtEnd?: boolean;
}

export async function runStep(step: Step): Promise<Counts> {
  step.signal.throwIfAborted();
  const counts = new JestCounts();
  const child = spawn(nodeBinary, [...step.args], {
    cwd: step.cwd ?? repository,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, ...testEnvironment(), ...step.env },
  });
  const pid = child.pid ?? 0;
  endWithThisProcess(pid, 'SIGTERM');
  const interrupt = (): void => {
    try {
      process.kill(-pid, 'SIGTERM');
    } catch {
      // already gone
    }
  };
  const limit = setTimeout(() => {
    console.error(`This step is ended, because it has taken ${limitMs / 60_000} minutes.`);
    interrupt();
  }, limitMs);
  step.signal.addEventListener('abort', interrupt, { once: true });
  const heldBack: string[] = [];
  const show = (line: string): void => {
    counts.read(line);
    step.onLine?.(line);
    if (step.printsAtEnd) heldBack.push(line);
    else console.log(line);
  };
  createInterface({ input: child.stdout }).on('line', show);
  createInterface({ input: child.stderr }).on('line', show);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  for (const line of heldBack) console.log(line);
  clearTimeout(limit);
  noLongerEndWithThisProcess(pid);
  step.signal.removeEventListener('abort', interrupt);
  step.signal.throwIfAborted();
  return counts.result(code);
}

function testEnvironment(): Record<string, string> {
  const path = [dirname(nodeBinary), join(repository, 'node_modules/.bin'), environment['PATH'] ?? ''].join(':');
  return {
    PATH: path,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    NX_SKIP_LOG_GROUPING: 'true',
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning --disable-warning=TimeoutNegativeWarning',
    LOG_LEVEL: environment['LOG_LEVEL'] ?? 'warn',
    FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
  };
}
