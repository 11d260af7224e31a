// All of Carillon on one machine, for `npm start`, the e2e tests and the benchmarks: PostgreSQL, Kafka, the simulated
// Slack, a mail sink, an issuer of tokens, and a process for each service. Guarantees: `stop` ends everything that was
// started, in order, and so does a start that fails.
import { defaultCell } from '@carillon/domain';
import { allOf } from './all-of.ts';
import { CannotStart } from './cannot-start.ts';
import { DataFolder, type DeclaredTenant } from './data-folder.ts';
import { describeState } from './describe-state.ts';
import { provideKafka, providePostgres } from './infrastructure.ts';
import { startIssuer, type Issuer } from './issuer/issuer.ts';
import { withAdmin } from './kafka/kafka-client.ts';
import { requireJava } from './kafka/java.ts';
import type { KafkaServer } from './kafka/start-kafka.ts';
import { startMailSink, type MailSink } from './mail/mail-sink.ts';
import { findFreeOffset, portUses, portsAt, replicaPort, requireFreePorts, type Ports } from './ports.ts';
import { createServiceDatabases, databaseUrl, type DatabaseRole } from './postgres/service-databases.ts';
import { requireKnownMigrations } from './postgres/known-migrations.ts';
import type { PostgresServer } from './postgres/start-postgres.ts';
import { ProcessLedger } from './processes/process-ledger.ts';
import { Progress } from './progress.ts';
import {
  portsOfOthers,
  replicasOf,
  type ConnectOptions,
  type PlaygroundOptions,
  type TokenRequest,
} from './playground-options.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { seedTenant } from './seed/seed-tenant.ts';
import { serviceEnvironment, type ServiceSettings } from './services/service-environment.ts';
import { serviceNames, type ProcessName, type ServiceName } from './services/service-names.ts';
import { ServiceProcesses } from './services/service-processes.ts';
import type { SupervisedProcess } from './services/supervised-process.ts';
import { connectWorkspace } from './slack/connect-workspace.ts';
import { untilInstallationIsKnown } from './slack/installation-known.ts';
import { StateFile, type SeededTenant } from './state-file.ts';

export class Playground {
  readonly #abort = new AbortController();
  #stopped: Promise<void> | undefined;
  #ledger!: ProcessLedger;
  #processes: ServiceProcesses | undefined;
  #secrets!: Secrets;
  #state!: StateFile;
  kafka!: KafkaServer;
  /** `databaseUrl`: as the service, unless said otherwise; the role `migration` owns the tables. */
  postgres!: PostgresServer & { databaseUrl(service: ServiceName, role?: DatabaseRole, cell?: string): string };
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
      options.portOffset === 'free' ? await findFreeOffset(replicasOf(options), without) : (options.portOffset ?? 0);
    const playground = new Playground(options, folder, portsAt(offset), progress);
    const abort = (): void => playground.#abort.abort(new CannotStart('The start was interrupted.'));
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      playground.#ledger = await ProcessLedger.open(folder.path);
      await requireFreePorts(portUses(playground.ports, replicasOf(options), without), offset);
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
    return this.#started.get(name, replica);
  }

  processes(): SupervisedProcess[] {
    return this.#processes?.all() ?? [];
  }

  token({ tenant, sub, roles, email, typ, claims }: TokenRequest): Promise<string> {
    return this.issuer.mint({ tenant_id: tenant, sub, roles, email, typ, claims });
  }

  /** Connects a workspace of the simulator through the OAuth flow over HTTP, as an admin's browser does. */
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
    if (this.#started.has('preferences'))
      await untilInstallationIsKnown({
        preferencesUrl: this.service('preferences').url,
        accessToken: await this.token({ tenant: options.tenant, sub: 'playground-admin', roles: ['admin'] }),
        installationId: connected.installationId,
      });
    return connected;
  }

  /** Services read it when they start. */
  declareTenants(tenants: readonly (string | DeclaredTenant)[]): void {
    this.folder.declareTenants(
      tenants,
      this.#cells.map((id, replica) => ({
        id,
        deliveryUrl: `http://127.0.0.1:${replicaPort(this.ports, 'delivery', replica)}`,
      })),
    );
  }

  /** Call it when everything is ready: scripts wait for this file. */
  writeStateFile(): void {
    this.#state.write();
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  get #started(): ServiceProcesses {
    if (!this.#processes) throw new CannotStart('No process was started here yet.');
    return this.#processes;
  }

  /** Empty: one cell, of which nobody speaks. */
  get #cells(): string[] {
    return this.options.cells === undefined ? [] : [defaultCell, ...this.options.cells];
  }

  get #returnTo(): string {
    return `http://127.0.0.1:${this.ports.console}/connections`;
  }

  async #start(): Promise<void> {
    const { options, folder, progress } = this;
    if (options.fresh) folder.wipe();
    folder.startLogs();
    this.declareTenants(options.tenants ?? ['acme', 'globex']);
    this.#secrets = await loadSecrets(folder.secrets);
    const derive = (name: string): string => this.#secrets.derive(name);
    const clients = Object.fromEntries(
      serviceNames.map((name) => [name, { secret: derive(`client:${name}`), roles: ['service'] }]),
    );
    this.issuer = await startIssuer({ port: this.ports.issuer, key: this.#secrets.issuerKey, clients });
    this.mail = await startMailSink({ smtp: this.ports.smtp, http: this.ports.mail });
    this.slack = { url: options.slackUrl ?? `http://127.0.0.1:${this.ports.slack}` };
    this.#state = new StateFile(folder.state, () => describeState(this));
    const settings: ServiceSettings = {
      ports: this.ports,
      brokers: options.kafkaBrokers ?? [`127.0.0.1:${this.ports.kafka}`],
      databaseUrl: (service, role, cell) => this.postgres.databaseUrl(service, role, cell),
      cells: this.#cells,
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
    const processes = new ServiceProcesses({
      ports: this.ports,
      folder,
      registry: this.#ledger,
      environmentOf: (name, replica) => serviceEnvironment(name, replica, settings),
      extraEnvironment: options.env ?? {},
      autoRestart: options.autoRestart ?? true,
      signal: this.#abort.signal,
      onNote: (line) => progress.note(line),
      onChange: () => this.#state.refresh(),
    });
    this.#processes = processes;
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
              () => processes.start('slack-simulator'),
              ({ url }) => url,
            ),
          ]
        : []),
    ]);
    const wanted = (options.services ?? serviceNames).flatMap((name) =>
      Array.from({ length: replicasOf(options)[name] ?? 1 }, (_, replica) => ({ name, replica })),
    );
    await allOf(
      wanted.map(({ name, replica }) =>
        progress.step(
          replica === 0 ? name : `${name} (process ${replica + 1})`,
          () => processes.start(name, replica),
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
      registry: this.#ledger,
      password: this.#secrets.derive('database'),
      durable: this.options.durable ?? true,
      signal: this.#abort.signal,
      ...(this.options.databaseUrl === undefined ? {} : { url: this.options.databaseUrl }),
    });
    this.postgres = Object.assign(server, {
      databaseUrl: (service: ServiceName, role: DatabaseRole = 'service', cell?: string) =>
        databaseUrl(server.url, service, role, passwordOf(service, role), cell),
    });
    await createServiceDatabases(server.url, passwordOf, this.options.cells);
    await requireKnownMigrations(
      server.url,
      this.options.databaseUrl === undefined
        ? 'Wipe it and start again: npm start -- --fresh'
        : 'Drop the databases of Carillon there, or name another server in DATABASE_URL.',
    );
    return server;
  }

  async #startKafka(): Promise<KafkaServer> {
    const { options, ports, folder, progress } = this;
    this.kafka = await provideKafka({
      ports,
      folder,
      registry: this.#ledger,
      progress,
      signal: this.#abort.signal,
      ...(options.kafkaBrokers ? { brokers: options.kafkaBrokers } : {}),
    });
    return this.kafka;
  }

  #seed(): Promise<SeededTenant> {
    return withAdmin(this.kafka.brokers, (kafka, admin) =>
      seedTenant({
        kafka,
        admin,
        slackUrl: this.slack.url,
        installationUrl: this.service('installation').url,
        returnTo: this.#returnTo,
        mint: (request) => this.issuer.mint(request),
        signal: this.#abort.signal,
      }),
    );
  }

  /** Services first, then the servers that they use. */
  async #stop(): Promise<void> {
    this.#abort.abort(new CannotStart('The playground was stopped.'));
    this.#state?.remove();
    await this.#processes?.stop();
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
