// Everything on one machine: real PostgreSQL, real Kafka, a stand-in for Slack, mail sink, issuer and every service as
// a process of its own. `npm start`, the e2e tests and the benchmarks all stand on this stage. What it starts it stops,
// in order, also when starting fails half way.
import { join } from 'node:path';
import { CannotStart } from './cannot-start.ts';
import { DataFolder } from './data-folder.ts';
import { provideKafka, providePostgres } from './infrastructure.ts';
import { startIssuer, type Issuer } from './issuer/issuer.ts';
import { kafkaClient } from './kafka/kafka-client.ts';
import { requireJava } from './kafka/java.ts';
import type { KafkaServer } from './kafka/start-kafka.ts';
import { startMailSink, type MailSink } from './mail/mail-sink.ts';
import { repository } from './paths.ts';
import { findFreeOffset, portUses, portsAt, replicaPort, requireFreePorts, type Ports } from './ports.ts';
import { createServiceDatabases, databaseUrl, type DatabaseRole } from './postgres/service-databases.ts';
import type { PostgresServer } from './postgres/start-postgres.ts';
import { ProcessLedger } from './processes/process-ledger.ts';
import { Progress } from './progress.ts';
import { portsOfOthers, type ConnectOptions, type PlaygroundOptions, type TokenRequest } from './playground-options.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { seedTenant } from './seed/seed-tenant.ts';
import { inheritedEnvironment, serviceEnvironment, type Surroundings } from './services/service-environment.ts';
import { serviceNames, type ProcessName, type ServiceName } from './services/service-names.ts';
import { SupervisedProcess } from './services/supervised-process.ts';
import { connectWorkspace } from './slack/connect-workspace.ts';
import { StateFile, type PlaygroundState, type SeededTenant } from './state-file.ts';
import { until } from './until.ts';

export class Playground {
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #abort = new AbortController();
  #stopped: Promise<void> | undefined;
  #ledger!: ProcessLedger;
  #secrets!: Secrets;
  #surroundings!: Surroundings;
  #state!: StateFile;
  kafka!: KafkaServer;
  /** `databaseUrl`: as the service, unless said otherwise; the role `migration` owns the tables. */
  postgres!: PostgresServer & { databaseUrl(service: ServiceName, role?: DatabaseRole): string };
  issuer!: Issuer;
  mail!: MailSink;
  slack!: { url: string };
  tenant: SeededTenant | undefined;

  private constructor(
    private readonly options: PlaygroundOptions,
    private readonly folder: DataFolder,
    readonly ports: Ports,
    readonly progress: Progress,
  ) {}

  static async start(options: PlaygroundOptions = {}): Promise<Playground> {
    const write = options.onNote ?? ((line: string) => console.log(line));
    const progress = options.quiet ? Progress.silent() : new Progress(write);
    if (!options.kafkaBrokers) await requireJava();
    const folder =
      options.dataDir !== undefined
        ? DataFolder.at(options.dataDir)
        : options.portOffset === 'free'
          ? DataFolder.forThisRun()
          : DataFolder.ofRepository();
    const without = portsOfOthers(options);
    const offset =
      options.portOffset === 'free' ? await findFreeOffset(options.replicas ?? {}, without) : (options.portOffset ?? 0);
    const playground = new Playground(options, folder, portsAt(offset), progress);
    const abort = (): void => playground.#abort.abort(new CannotStart('The start was interrupted.'));
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      playground.#ledger = await ProcessLedger.open(folder.path);
      await requireFreePorts(portUses(playground.ports, options.replicas ?? {}, without), offset);
      await playground.#start();
      return playground;
    } catch (error) {
      await playground.stop();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  get dataDir(): string {
    return this.folder.path;
  }

  get logsDir(): string {
    return this.folder.logs;
  }

  service(name: ProcessName, replica = 0): SupervisedProcess {
    const found = this.#processes.get(`${name}/${replica}`);
    if (!found) throw new CannotStart(`No ${name} with number ${replica} was started here.`);
    return found;
  }

  processes(): SupervisedProcess[] {
    return [...this.#processes.values()];
  }

  token({ tenant, sub, roles, email, typ, claims }: TokenRequest): Promise<string> {
    return this.issuer.mint({ tenant_id: tenant, sub, roles, email, typ, claims });
  }

  /** The real OAuth flow over HTTP, as an admin's browser walks it. The workspace has to exist in the simulator. */
  async connectWorkspace(options: ConnectOptions): Promise<{ installationId: string; teamId: string }> {
    const accessToken = await this.token({
      tenant: options.tenant,
      sub: 'playground-admin',
      roles: ['security_admin'],
    });
    const connected = await connectWorkspace({
      installationUrl: this.service('installation').url,
      accessToken,
      name: options.name ?? options.teamId,
      profile: options.profile,
      teamId: options.teamId,
      returnTo: this.#returnTo,
      ...(options.installationId === undefined ? {} : { installationId: options.installationId }),
    });
    await this.#knownToPreferences(options.tenant, connected.installationId);
    return connected;
  }

  /** What is requested before preferences has heard of the installation would be suppressed as unknown. */
  async #knownToPreferences(tenant: string, installationId: string): Promise<void> {
    if (!this.#processes.has('preferences/0')) return;
    const token = await this.token({ tenant, sub: 'playground-admin', roles: ['admin'] });
    const question = {
      type: 'report.ready',
      title: 'Known?',
      source: '/playground',
      id: installationId,
      to: [{ channel: 'C0PLAYGROUND', installation: installationId }],
    };
    await until('preferences to know the installation', async () => {
      const response = await fetch(`${this.service('preferences').url}/v1/explain`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(question),
      });
      const { recipients = [] } = (await response.json()) as { recipients?: { verdict: string }[] };
      return recipients[0]?.verdict === 'send';
    });
  }

  /** Writes the state file: from now on everything is there. */
  announce(): void {
    this.#state.write();
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  get #returnTo(): string {
    return `http://127.0.0.1:${this.ports.console}/connections`;
  }

  async #start(): Promise<void> {
    const { options, folder, progress } = this;
    if (options.fresh) folder.wipe();
    folder.startLogs();
    folder.declareTenants(options.tenants ?? ['acme', 'globex']);
    this.#secrets = await loadSecrets(folder.secrets);
    const derive = (name: string): string => this.#secrets.derive(name);
    const clients = Object.fromEntries(
      serviceNames.map((name) => [name, { secret: derive(`client:${name}`), roles: ['service'] }]),
    );
    this.issuer = await startIssuer({ port: this.ports.issuer, key: this.#secrets.issuerKey, clients });
    this.mail = await startMailSink({ smtp: this.ports.smtp, http: this.ports.mail });
    this.slack = { url: options.slackUrl ?? `http://127.0.0.1:${this.ports.slack}` };
    this.#state = new StateFile(folder.state, () => this.#describe());
    this.#surroundings = {
      ports: this.ports,
      brokers: options.kafkaBrokers ?? [`127.0.0.1:${this.ports.kafka}`],
      databaseUrl: (service, role) => this.postgres.databaseUrl(service, role),
      slackUrl: this.slack.url,
      slackApp: options.slackApp ?? {
        clientId: '100200300400.500600700800',
        clientSecret: derive('slack-client'),
        signingSecret: derive('slack-signing'),
      },
      issuerUrl: this.issuer.url,
      smtpUrl: this.mail.smtp,
      tenantsFile: folder.tenants,
      tokenKeys: this.#secrets.tokenKeys,
      unsubscribeKey: derive('unsubscribe'),
      clientSecret: (service) => derive(`client:${service}`),
      compileCache: folder.compileCache,
    };
    await allOf([
      progress.step(
        'PostgreSQL',
        () => this.#startPostgres(),
        (server) => `127.0.0.1:${new URL(server.url).port}`,
      ),
      progress.step(
        'Kafka',
        () => this.#startKafka(),
        (server) => server.brokers.join(','),
      ),
      ...(options.slackUrl === undefined
        ? [
            progress.step(
              'Slack simulator',
              () => this.#startProcess('slack-simulator', 0),
              ({ url }) => url,
            ),
          ]
        : []),
    ]);
    const wanted = (options.services ?? serviceNames).flatMap((name) =>
      Array.from({ length: options.replicas?.[name] ?? 1 }, (_, replica) => ({ name, replica })),
    );
    await allOf(
      wanted.map(({ name, replica }) =>
        progress.step(
          replica === 0 ? name : `${name} (process ${replica + 1})`,
          () => this.#startProcess(name, replica),
          ({ url }) => url,
        ),
      ),
    );
    if (options.seed)
      this.tenant = await progress.step('tenant acme, Slack connected through OAuth', () => this.#seed());
  }

  async #startPostgres(): Promise<PostgresServer> {
    const passwordOf = (service: ServiceName, role: DatabaseRole): string =>
      this.#secrets.derive(role === 'service' ? `database:${service}` : `database:${service}:${role}`);
    const server = await providePostgres({
      ports: this.ports,
      folder: this.folder,
      keeper: this.#ledger,
      password: this.#secrets.derive('database'),
      durable: this.options.durable ?? true,
      signal: this.#abort.signal,
      ...(this.options.databaseUrl === undefined ? {} : { url: this.options.databaseUrl }),
    });
    this.postgres = Object.assign(server, {
      databaseUrl: (service: ServiceName, role: DatabaseRole = 'service') =>
        databaseUrl(server.url, service, role, passwordOf(service, role)),
    });
    await createServiceDatabases(server.url, passwordOf);
    return server;
  }

  async #startKafka(): Promise<KafkaServer> {
    const { options, ports, folder, progress } = this;
    this.kafka = await provideKafka({
      ports,
      folder,
      keeper: this.#ledger,
      progress,
      signal: this.#abort.signal,
      ...(options.kafkaBrokers ? { brokers: options.kafkaBrokers } : {}),
    });
    return this.kafka;
  }

  async #startProcess(name: ProcessName, replica: number): Promise<SupervisedProcess> {
    const port = name === 'slack-simulator' ? this.ports.slack : replicaPort(this.ports, name, replica);
    const process = new SupervisedProcess({
      name,
      replica,
      script: join(repository, 'apps', name, 'dist/main.js'),
      url: `http://127.0.0.1:${port}`,
      readyPath: name === 'slack-simulator' ? '/_sim/requests' : '/readyz',
      logFile: this.folder.logOf(replica === 0 ? name : `${name}-${replica}`),
      env: {
        ...inheritedEnvironment(this.folder.compileCache),
        ...serviceEnvironment(name, replica, this.#surroundings),
        ...this.options.env?.[name],
      },
      autoRestart: this.options.autoRestart ?? true,
      signal: this.#abort.signal,
      keeper: this.#ledger,
      onNote: (line) => this.progress.note(line),
      onChange: () => this.#state.refresh(),
    });
    this.#abort.signal.throwIfAborted();
    this.#processes.set(`${name}/${replica}`, process);
    await process.start();
    await process.waitReady();
    return process;
  }

  async #seed(): Promise<SeededTenant> {
    const kafka = kafkaClient(this.kafka.brokers, 'carillon-playground');
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await seedTenant({
        kafka,
        admin,
        slackUrl: this.slack.url,
        installationUrl: this.service('installation').url,
        returnTo: this.#returnTo,
        mint: (request) => this.issuer.mint(request),
        signal: this.#abort.signal,
      });
    } finally {
      await admin.disconnect();
    }
  }

  #describe(): PlaygroundState {
    const pids: Record<string, number[]> = {};
    const note = (name: string, pid: number | undefined): void =>
      void (pid !== undefined && (pids[name] ??= []).push(pid));
    for (const { name, pid } of this.processes()) note(name, pid);
    note('kafka', this.kafka.pid);
    note('postgres', this.postgres.pid);
    return {
      kafka: { brokers: this.kafka.brokers },
      postgres: { url: this.postgres.url },
      slack: { url: this.slack.url },
      issuer: { url: this.issuer.url },
      mail: { smtp: this.mail.smtp, url: this.mail.url },
      services: Object.fromEntries(
        this.processes()
          .filter(({ name, replica }) => name !== 'slack-simulator' && replica === 0)
          .map(({ name, url }) => [name, url]),
      ),
      pids,
      ...(this.tenant ? { tenant: this.tenant } : {}),
    };
  }

  /** Services first, then what they stand on. */
  async #stop(): Promise<void> {
    this.#abort.abort(new CannotStart('The playground was stopped.'));
    const all = this.processes();
    this.#state?.remove();
    await Promise.all(all.filter(({ name }) => name !== 'slack-simulator').map((process) => process.stop()));
    await Promise.all(all.filter(({ name }) => name === 'slack-simulator').map((process) => process.stop()));
    await Promise.all([this.issuer?.close(), this.mail?.close()]);
    if (!this.options.kafkaBrokers) await this.kafka?.stop();
    if (this.options.databaseUrl === undefined) await this.postgres?.stop();
    this.#ledger?.close();
    this.folder.discard();
  }
}

export function startPlayground(options: PlaygroundOptions = {}): Promise<Playground> {
  return Playground.start(options);
}

/** Waits for all, then throws what failed first: nothing is still starting when the caller begins to stop. */
async function allOf(steps: readonly Promise<unknown>[]): Promise<void> {
  let first: { error: unknown } | undefined;
  await Promise.all(steps.map((step) => step.catch((error: unknown) => void (first ??= { error }))));
  if (first) throw first.error;
}
