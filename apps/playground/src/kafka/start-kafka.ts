// One Apache Kafka broker (KRaft, one node) on loopback, with little memory. It counts as ready when a client got an
// answer with metadata, not when the port is open. It can be stopped, killed and started again on the same port with
// its data.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Progress } from '../progress.ts';
import { appFolder } from '../paths.ts';
import { findFreePort } from '../ports.ts';
import { ManagedProcess, describeExit, tailOf } from '../processes/managed-process.ts';
import type { ProcessRegistry } from '../processes/process-ledger.ts';
import { StopWaiting, until } from '../until.ts';
import { brokerAnswers } from './broker-answers.ts';
import { requireJava, type Java } from './java.ts';
import { kafkaDistribution, type KafkaDistribution } from './kafka-distribution.ts';

const assets = join(appFolder, 'kafka');
const jvm = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  `-Dlog4j2.configurationFile=${join(assets, 'log4j2.properties')}`,
];

export interface KafkaOptions {
  /** Left out: a free one. */
  port?: number;
  controllerPort?: number;
  dataDir: string;
  logFile: string;
  /** Added to server.properties, in place of a setting of the same name. */
  settings?: Record<string, string>;
  /** Added to the formatting of the data folder, for example users: `--add-scram …`. */
  formatArguments?: readonly string[];
  progress?: Progress;
  registry?: ProcessRegistry;
  signal?: AbortSignal;
}

export interface KafkaServer {
  readonly brokers: string[];
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number | undefined;
  /** `kill` ends the broker as a power cut does. */
  stop(options?: { kill?: boolean }): Promise<void>;
  start(): Promise<void>;
}

export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const java = await requireJava();
  const distribution = await kafkaDistribution(java, options.progress ?? Progress.silent());
  const port = options.port ?? (await findFreePort());
  const broker = new Broker(java, distribution, options, port, options.controllerPort ?? (await findFreePort()));
  try {
    await broker.start();
    return broker;
  } catch (error) {
    await broker.stop({ kill: true });
    throw error;
  }
}

class Broker implements KafkaServer {
  readonly brokers: string[];
  readonly dataDir: string;
  readonly logFile: string;
  readonly #properties: string;
  #process: ManagedProcess | undefined;

  constructor(
    private readonly java: Java,
    private readonly distribution: KafkaDistribution,
    private readonly options: KafkaOptions,
    port: number,
    controllerPort: number,
  ) {
    this.brokers = [`127.0.0.1:${port}`];
    this.dataDir = options.dataDir;
    this.logFile = options.logFile;
    mkdirSync(this.dataDir, { recursive: true });
    this.#properties = join(this.dataDir, 'server.properties');
    const values: Record<string, string> = {
      PORT: String(port),
      CONTROLLER_PORT: String(controllerPort),
      DATA_DIR: join(this.dataDir, 'log'),
    };
    const template = readFileSync(join(assets, 'server.properties.template'), 'utf8');
    const settings = Object.entries(options.settings ?? {}).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(
      this.#properties,
      template.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '') + settings.join(''),
    );
  }

  get pid(): number | undefined {
    return this.#process?.exit ? undefined : this.#process?.pid;
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    if (!existsSync(join(this.dataDir, 'log/meta.properties'))) await this.#format();
    const archive = this.distribution.archive;
    const sharing = existsSync(archive)
      ? `-XX:SharedArchiveFile=${archive}`
      : `-XX:ArchiveClassesAtExit=${this.#freshArchive}`;
    const broker = await ManagedProcess.start({
      label: 'kafka',
      command: this.java.command,
      args: [sharing, ...jvm, '-cp', this.distribution.classPath, 'kafka.Kafka', this.#properties],
      logFile: this.logFile,
    });
    this.#process = broker;
    this.options.registry?.add(broker, 'kafka');
    void broker.exited.then(() => this.options.registry?.remove(broker.pid));
    await until(
      'Kafka to answer',
      async () => {
        if (broker.exit)
          throw new StopWaiting(
            `Kafka ${describeExit(broker.exit)}; the end of ${this.logFile}:\n${tailOf(this.logFile)}`,
          );
        return brokerAnswers(this.brokers);
      },
      { timeoutMs: 60_000, ...(this.options.signal ? { signal: this.options.signal } : {}) },
    );
  }

  async stop({ kill = false }: { kill?: boolean } = {}): Promise<void> {
    if (!this.#process) return;
    await this.#process.stop({ signal: kill ? 'SIGKILL' : 'SIGTERM', graceMs: 20_000 });
    this.#process = undefined;
    this.#keepArchive();
  }

  async #format(): Promise<void> {
    const sharing = existsSync(this.distribution.archive) ? [`-XX:SharedArchiveFile=${this.distribution.archive}`] : [];
    const args = [...sharing, ...jvm, '-cp', this.distribution.classPath, 'kafka.tools.StorageTool'];
    await promisify(execFile)(this.java.command, [
      ...args,
      'format',
      '-t',
      clusterId(),
      '-c',
      this.#properties,
      ...(this.options.formatArguments ?? []),
    ]);
  }

  get #freshArchive(): string {
    return join(this.dataDir, 'classes.jsa');
  }

  /** The first broker on a machine writes the class archive when it ends; later ones start in half the time. */
  #keepArchive(): void {
    if (!existsSync(this.#freshArchive)) return;
    const beside = `${this.distribution.archive}.${process.pid}`;
    try {
      writeFileSync(beside, readFileSync(this.#freshArchive));
      renameSync(beside, this.distribution.archive);
    } catch {
      rmSync(beside, { force: true }); // without the archive the next start is slower
    }
    rmSync(this.#freshArchive, { force: true });
  }
}

function clusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
