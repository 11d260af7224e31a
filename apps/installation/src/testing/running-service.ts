// The whole service on real parts: PostgreSQL, Kafka, the simulated Slack and an issuer; plus a reader of what it
// announces.
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

export type Announced = InstallationState | { deleted: true; version: number };

@Injectable()
class Announcements implements Handles<typeof installationChanged> {
  readonly heard = new Map<string, Announced[]>();
  readonly bytes: Buffer[] = [];

  handle({ records }: Batch<typeof installationChanged>): Promise<void> {
    for (const { key, data, version, raw } of records) {
      const announced = data ?? { deleted: true as const, version: version ?? -1 };
      const before = this.heard.get(key ?? '') ?? [];
      // A record may come twice.
      if (announced.version > (before.at(-1)?.version ?? -1)) this.heard.set(key ?? '', [...before, announced]);
      if (raw.value) this.bytes.push(raw.value);
    }
    return Promise.resolve();
  }
}

@Module({ imports: [AppModule], controllers: [consume(installationChanged, Announcements)] })
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
  /** Waits for the nth state of the installation that is announced, counted from 1. */
  announced(installationId: string, nth: number): Promise<Announced>;
  announcedBytes(): string;
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
  const announcements = running.app.get(Announcements, { strict: false });
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
    async announced(installationId, nth) {
      for (;;) {
        const found = announcements.heard.get(installationId)?.[nth - 1];
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    announcedBytes: () => Buffer.concat(announcements.bytes).toString(),
    async stop() {
      await running.stop();
      await Promise.all([slack.close(), issuer.close(), database.drop()]);
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
