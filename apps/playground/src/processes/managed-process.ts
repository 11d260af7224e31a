// A child process in its own process group: Ctrl-C does not reach it directly, so that the playground stops its
// processes in order. Its output goes directly into a file, so that no line is lost however either process ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { environment } from '../environment.ts';
import { noLongerEndWithThisProcess, endWithThisProcess } from './reaper.ts';
import { startTimeOf } from './process-identity.ts';

export interface Launch {
  label: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  logFile: string;
  /** The signal that asks it to stop: SIGTERM for Kafka and the services, SIGINT for PostgreSQL. */
  stopSignal?: NodeJS.Signals;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class ManagedProcess {
  readonly pid: number;
  readonly startTime: string | undefined;
  readonly exited: Promise<Exit>;
  readonly startedAt = Date.now();
  #exit: Exit | undefined;

  private constructor(
    readonly launch: Launch,
    child: ChildProcess,
  ) {
    this.pid = child.pid ?? 0;
    this.startTime = startTimeOf(this.pid);
    endWithThisProcess(this.pid, launch.stopSignal ?? 'SIGTERM');
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        noLongerEndWithThisProcess(this.pid);
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /** Resolves once the operating system has started the program (not when it is ready). */
  static async start(launch: Launch): Promise<ManagedProcess> {
    mkdirSync(dirname(launch.logFile), { recursive: true });
    const log = openSync(launch.logFile, 'a');
    try {
      const child = spawn(launch.command, [...launch.args], {
        detached: true,
        stdio: ['ignore', log, log],
        env: launch.env ?? environment,
        ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
        ...(launch.uid === undefined ? {} : { uid: launch.uid }),
        ...(launch.gid === undefined ? {} : { gid: launch.gid }),
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return new ManagedProcess(launch, child);
    } finally {
      closeSync(log);
    }
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** To the whole process group, so that children of the child get it too. */
  signal(signal: NodeJS.Signals): void {
    if (this.#exit) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Asks it to stop and kills it after the grace period. Resolves when it has ended. */
  async stop(options: { signal?: NodeJS.Signals; graceMs?: number } = {}): Promise<Exit> {
    this.signal('SIGCONT');
    this.signal(options.signal ?? this.launch.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), options.graceMs ?? 15_000);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }
}

/** The end of a log, for an error message. */
export function tailOf(file: string, lines = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal ? `was killed by ${signal}` : `ended with exit code ${code}`;
}
