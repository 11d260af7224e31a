// The processes of one playground: the services, with their replicas, and the simulated Slack.
// Guarantees: a process is in the list before it starts, so that `stop` reaches it also when the start fails; the
// services stop before the simulated Slack, which they call. It does not decide which services there are.
import { join } from 'node:path';
import { CannotStart } from '../cannot-start.ts';
import type { DataFolder } from '../data-folder.ts';
import { repository } from '../paths.ts';
import { replicaPort, type Ports } from '../ports.ts';
import type { ProcessRegistry } from '../processes/process-ledger.ts';
import { inheritedEnvironment } from './service-environment.ts';
import type { ProcessName } from './service-names.ts';
import { SupervisedProcess } from './supervised-process.ts';

export interface ServiceProcessesOptions {
  ports: Ports;
  folder: DataFolder;
  registry: ProcessRegistry;
  /** What a process is told about the playground. */
  environmentOf(name: ProcessName, replica: number): Record<string, string>;
  /** Added to the environment of a process. */
  extraEnvironment: Partial<Record<ProcessName, Record<string, string>>>;
  autoRestart: boolean;
  signal: AbortSignal;
  onNote: (line: string) => void;
  /** A process started or ended. */
  onChange: () => void;
}

export class ServiceProcesses {
  readonly #byKey = new Map<string, SupervisedProcess>();

  constructor(private readonly options: ServiceProcessesOptions) {}

  get(name: ProcessName, replica = 0): SupervisedProcess {
    const found = this.#byKey.get(`${name}/${replica}`);
    if (!found) throw new CannotStart(`No ${name} with number ${replica} was started here.`);
    return found;
  }

  has(name: ProcessName): boolean {
    return this.#byKey.has(`${name}/0`);
  }

  all(): SupervisedProcess[] {
    return [...this.#byKey.values()];
  }

  /** Resolves when the process is ready. */
  async start(name: ProcessName, replica = 0): Promise<SupervisedProcess> {
    const { ports, folder, signal, ...options } = this.options;
    const port = name === 'slack-simulator' ? ports.slack : replicaPort(ports, name, replica);
    const process = new SupervisedProcess({
      name,
      replica,
      script: join(repository, 'apps', name, 'dist/main.js'),
      url: `http://127.0.0.1:${port}`,
      readyPath: name === 'slack-simulator' ? '/_sim/requests' : '/readyz',
      logFile: folder.logOf(replica === 0 ? name : `${name}-${replica}`),
      env: {
        ...inheritedEnvironment(folder.compileCache),
        ...options.environmentOf(name, replica),
        ...options.extraEnvironment[name],
      },
      autoRestart: options.autoRestart,
      signal,
      registry: options.registry,
      onNote: options.onNote,
      onChange: options.onChange,
    });
    signal.throwIfAborted();
    this.#byKey.set(`${name}/${replica}`, process);
    await process.start();
    await process.waitReady();
    return process;
  }

  async stop(): Promise<void> {
    const isSlack = ({ name }: SupervisedProcess): boolean => name === 'slack-simulator';
    for (const some of [this.all().filter((one) => !isSlack(one)), this.all().filter(isSlack)])
      await Promise.all(some.map((process) => process.stop()));
  }
}
