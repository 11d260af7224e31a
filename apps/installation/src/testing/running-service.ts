// The whole service on real parts: PostgreSQL, Kafka, the simulated Slack and an issuer; plus a reader of the states
// that it publishes.
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { Injectable, Module } from '@nestjs/common';
import { installationChanged, type InstallationState, type Role } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { consume } from '@carillon/messaging-nest';
import { createTestDatabase } from '@carillon/persistence/testing';
import {
  startForTest,
  testIssuer,
  type TestAnswer,
  type TestIssuer,
  type TestService,
} from '@carillon/runtime/testing';
import { AppModule } from '../app.module.ts';
import { service } from '../service.ts';
import { environment } from './environment.ts';
import { startSimulator, type Simulator } from './simulator.ts';

export type PublishedState = InstallationState | { deleted: true; version: number };

@Injectable()
class ChangeListener implements Handles<typeof installationChanged> {
  readonly states = new Map<string, PublishedState[]>();
  readonly bytes: Buffer[] = [];

  handle({ records }: Batch<typeof installationChanged>): Promise<void> {
    for (const { key, data, version, raw } of records) {
      const state = data ?? { deleted: true as const, version: version ?? -1 };
      const before = this.states.get(key ?? '') ?? [];
      // A record may come twice.
      if (state.version > (before.at(-1)?.version ?? -1)) this.states.set(key ?? '', [...before, state]);
      if (raw.value) this.bytes.push(raw.value);
    }
    return Promise.resolve();
  }
}

@Module({ imports: [AppModule], controllers: [consume(installationChanged, ChangeListener)] })
class ServiceAndListener {}

export interface RunningInstallationService {
  slack: Simulator;
  service: TestService;
  issuer: TestIssuer;
  /** As a member of `acme` (or another tenant) with a role; as `service`, a client without a tenant. */
  as(
    role: Role,
    tenantId?: string,
    client?: string,
  ): (method: string, path: string, body?: unknown) => Promise<TestAnswer>;
  /** As `ada`, the member who begins in these specs: confirms, and throws where that is refused. */
  confirm(id: string, tenantId?: string): Promise<void>;
  /** Waits for the nth state of the installation that is published, counted from 1. */
  publishedState(installationId: string, nth: number): Promise<PublishedState>;
  /** The newest state of the installation that was heard so far. */
  newestState(installationId: string): PublishedState | undefined;
  publishedBytes(): string;
  stop(): Promise<void>;
}

export async function startInstallationService(env: Record<string, string> = {}): Promise<RunningInstallationService> {
  const [slack, issuer, database, port] = await Promise.all([
    startSimulator(),
    testIssuer(),
    createTestDatabase(),
    freePort(),
  ]);
  const running = await startForTest({
    ...service,
    // A consumer group of its own.
    name: `installation-${randomUUID()}`,
    module: ServiceAndListener,
    env: {
      ...environment,
      ...issuer.env,
      DATABASE_URL: database.url,
      KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
      KAFKA_SESSION_TIMEOUT_MS: '6s',
      SLACK_URL: slack.url,
      SLACK_TIMEOUT_MS: '2s',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ...env,
    },
  });
  const listener = running.app.get(ChangeListener, { strict: false });
  return {
    slack,
    issuer,
    service: running,
    as:
      (role, tenantId = 'acme', client = 'delivery') =>
      async (method, path, body) => {
        const token =
          role === 'service'
            ? await serviceToken(issuer, client)
            : await issuer.token({ memberId: 'ada', tenantId, roles: [role] });
        return running.request(method, path, { token, ...(body !== undefined && { body }) });
      },
    async confirm(id, tenantId = 'acme') {
      const token = await issuer.token({ memberId: 'ada', tenantId, roles: ['owner'] });
      const { status, text } = await running.request('POST', `/v1/connections/${id}/confirm`, { token });
      if (status !== 200) throw new Error(`confirming answered ${status}: ${text}`);
    },
    async publishedState(installationId, nth) {
      for (;;) {
        const found = listener.states.get(installationId)?.[nth - 1];
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    newestState: (installationId) => listener.states.get(installationId)?.at(-1),
    publishedBytes: () => Buffer.concat(listener.bytes).toString(),
    async stop() {
      await running.stop();
      slack.close();
      await Promise.all([issuer.close(), database.drop()]);
    },
  };
}

/** Service tokens belong to no tenant; the issuer hands them out by client credentials. */
async function serviceToken(issuer: TestIssuer, client: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${client}:secret`).toString('base64')}`;
  const response = await fetch(issuer.tokenUrl, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
