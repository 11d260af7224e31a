// One process of a service, supervised as by Kubernetes: when it ends it is started again, the first time at once and
// then after growing pauses. Tests can switch that off, and kill, freeze and restart the process.
import { existsSync } from 'node:fs';
import { nodeBinary } from '../paths.ts';
import { CannotStart } from '../cannot-start.ts';
import { ManagedProcess, describeExit, tailOf, type Exit } from '../processes/managed-process.ts';
import type { ProcessRegistry } from '../processes/process-ledger.ts';
import { StopWaiting, until } from '../until.ts';
import type { ProcessName } from './service-names.ts';

const stableAfterMs = 20_000;
/** EX_CONFIG of sysexits.h: the environment is wrong, so that a restart would not help. */
const badConfiguration = 78;
const pausesMs = [100, 1_000, 2_000, 5_000, 10_000];

export interface SupervisedOptions {
  name: ProcessName;
  replica: number;
  script: string;
  url: string;
  readyPath: string;
  logFile: string;
  env: Record<string, string>;
  autoRestart: boolean;
  registry: ProcessRegistry;
  signal: AbortSignal;
  onNote: (line: string) => void;
  onChange: () => void;
}

export class SupervisedProcess {
  readonly name: ProcessName;
  readonly replica: number;
  readonly url: string;
  readonly logFile: string;
  #process: ManagedProcess | undefined;
  #wanted = false;
  #deaths = 0;
  #timer: NodeJS.Timeout | undefined;
  #env: Record<string, string>;

  constructor(private readonly options: SupervisedOptions) {
    this.name = options.name;
    this.replica = options.replica;
    this.url = options.url;
    this.logFile = options.logFile;
    this.#env = options.env;
  }

  get label(): string {
    return this.replica === 0 ? this.name : `${this.name}-${this.replica}`;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.exit ? undefined : this.#process?.pid;
  }

  async start(): Promise<void> {
    this.#wanted = true;
    clearTimeout(this.#timer);
    if (this.pid !== undefined) return;
    if (!existsSync(this.options.script))
      throw new CannotStart(`${this.name} is not built (${this.options.script} is missing): run npm run build.`);
    const child = await ManagedProcess.start({
      label: this.label,
      command: nodeBinary,
      args: [this.options.script],
      env: this.#env,
      logFile: this.logFile,
    });
    this.#process = child;
    this.options.registry.add(child, this.label);
    this.options.onChange();
    void child.exited.then((exit) => this.#ended(child, exit));
  }

  /** Resolves when the process has ended, for signals that end it. With `autoRestart` it is started again. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (!child) return;
    child.signal(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await child.exited;
  }

  /** Resolves when the current process ends, or at once with how the last one ended. */
  async ended(): Promise<Exit | undefined> {
    return this.#process?.exited;
  }

  /** Freezes it (SIGSTOP): it still exists, but does nothing. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Waits until it is ready. Throws early, with the end of its log, for a process that ends again and again. */
  async waitReady(timeoutMs = 60_000): Promise<void> {
    const deathsBefore = this.#deaths;
    await until(
      `${this.label} to be ready`,
      async () => {
        const dead = this.pid === undefined && !this.options.autoRestart;
        const hopeless = this.#process?.exit?.code === badConfiguration;
        if (dead || hopeless || this.#deaths - deathsBefore >= 3) {
          const how = this.#process?.exit ? describeExit(this.#process.exit) : 'is not running';
          throw new StopWaiting(`${this.label} ${how}; the end of ${this.logFile}:\n${tailOf(this.logFile)}`);
        }
        const response = await fetch(this.url + this.options.readyPath, { signal: AbortSignal.timeout(2_000) });
        const text = await response.text();
        if (!response.ok) throw new Error(`${this.options.readyPath} says ${response.status} ${text.slice(0, 300)}`);
        return true;
      },
      { timeoutMs, everyMs: 50, signal: this.options.signal },
    );
  }

  /** Stops it if it runs, and starts it with `env` added to its environment. Resolves when it is ready. */
  async restart(options: { env?: Record<string, string> } = {}): Promise<void> {
    await this.stop();
    this.#env = { ...this.#env, ...options.env };
    await this.start();
    await this.waitReady();
  }

  async stop(graceMs = 20_000): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#timer);
    await this.#process?.stop({ graceMs });
  }

  #ended(child: ManagedProcess, exit: Exit): void {
    this.options.registry.remove(child.pid);
    if (!this.#wanted || this.#process !== child) return;
    this.#deaths = Date.now() - child.startedAt > stableAfterMs ? 1 : this.#deaths + 1;
    this.options.onChange();
    if (!this.options.autoRestart || exit.code === badConfiguration) return;
    const pause = pausesMs[Math.min(this.#deaths, pausesMs.length) - 1] ?? 0;
    this.options.onNote(
      `${this.label} ${describeExit(exit)}; starting it again${pause > 1_000 ? ` in ${pause / 1_000} s` : ''} (log: ${this.logFile})`,
    );
    this.#timer = setTimeout(() => {
      this.start().catch((error: unknown) =>
        this.options.onNote(`${this.label} could not be started: ${(error as Error).message}`),
      );
    }, pause);
  }
}
