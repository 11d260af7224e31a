// The directory without Kafka and HTTP, for integration specs: its database, its replicas fed by hand, its runner, and
// what it would publish (nobody empties the outbox).
import {
  auditRecorded,
  installationChanged,
  memberChanged,
  recipientChanged,
  type InstallationState,
  type MemberState,
  slackEvent,
  type RecipientState,
  type SlackEvent,
} from '@carillon/domain';
import { tombstone } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase } from '@carillon/persistence/testing';
import { AuditLog, Lifecycle, loadConfig, ServiceTokens, Tenants } from '@carillon/runtime';
import type { Pool } from 'pg';
import { configSchema, type Config } from '../config.ts';
import { migrations } from '../database/migrations/index.ts';
import { ApplyDirectoryEvents } from '../events/apply-directory-events.ts';
import { AskAboutChannels } from '../events/ask-about-channels.ts';
import { InstallationReplica } from '../installations/installation-replica.ts';
import type { DecisionContext } from '../links/link-by-hand.ts';
import { MemberReplica } from '../members/member-replica.ts';
import { SlackClients } from '../slack/slack-clients.ts';
import { SyncRunner } from '../syncs/sync-runner.ts';

export interface Directory {
  pool: Pool;
  config: Config;
  audit: AuditLog;
  /** Of a process that shares the database. */
  env: Record<string, string>;
  slack: SlackClients;
  replicas: { members: MemberReplica; installations: InstallationReplica };
  /** For what an admin of acme decides. */
  asAdmin: DecisionContext;
  members(states: (Partial<MemberState> & { memberId: string })[]): Promise<void>;
  memberGone(memberId: string): Promise<void>;
  installation(state: Partial<InstallationState> & { installationId: string }): Promise<void>;
  installationGone(installationId: string, version: number): Promise<void>;
  /** As slack-ingress publishes them. */
  slackEvents(events: readonly SlackEvent[]): Promise<void>;
  /** Another process of the service; ends with the directory. */
  runner(): SyncRunner;
  /** What was published since the last call, newest state per member; null for a tombstone. */
  published(): Promise<Map<string, RecipientState | null>>;
  close(): Promise<void>;
}

export async function testDirectory(
  urls: { slack: string; installation: string; token: string },
  env: Record<string, string> = {},
): Promise<Directory> {
  const database = await createTestDatabase();
  await migrate(createDataSource({ url: database.url, entities: [], migrations }));
  const pool = createPool(database.url, { max: 16 });
  const processEnv: Record<string, string> = {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: '127.0.0.1:1',
    AUTH_ISSUERS: 'http://127.0.0.1:1',
    SERVICE_TOKEN_URL: urls.token,
    SERVICE_CLIENT_ID: 'directory-sync',
    SERVICE_CLIENT_SECRET: 'secret',
    INSTALLATION_URL: urls.installation,
    SLACK_URL: urls.slack,
    SLACK_PACE: '100',
    SYNC_POLL_MS: '100ms',
    SYNC_LEASE_MS: '20s',
    // Those of the simulator.
    SLACK_CLIENT_ID: '1000.2000',
    SLACK_CLIENT_SECRET: 'simulated-client-secret',
    ...env,
  };
  const config = loadConfig(configSchema, processEnv);
  const lifecycle = new Lifecycle();
  const identity = new ServiceTokens({ tokenUrl: urls.token, clientId: 'directory-sync', clientSecret: 'secret' });
  const runner = () => {
    const one = new SyncRunner(pool, config, new SlackClients(config, identity), lifecycle);
    one.onApplicationBootstrap();
    return one;
  };
  const tenants = new Tenants([
    { id: 'acme', name: 'Acme' },
    { id: 'initech', name: 'Initech' },
    { id: 'globex', name: 'Globex', sources: ['/globex/*'] },
  ]);
  const slack = new SlackClients(config, identity);
  const members = new MemberReplica(pool, tenants);
  const installations = new InstallationReplica(pool, new SyncRunner(pool, config, slack, lifecycle), tenants);
  const questions = new AskAboutChannels(pool, config, slack, lifecycle);
  questions.onApplicationBootstrap();
  const applyEvents = new ApplyDirectoryEvents(pool, questions);
  const audit = new AuditLog({ service: 'directory-sync', write: () => Promise.resolve() });
  let events = 0;
  return {
    pool,
    config,
    audit,
    env: processEnv,
    slack,
    replicas: { members, installations },
    asAdmin: { pool, audit, caller: { memberId: 'root', tenantId: 'acme', roles: ['admin'] }, how: 'admin' },
    members: (states) =>
      members.handle(
        batchOf(
          memberChanged,
          states.map((state) => ({
            id: `m-${(events += 1)}`,
            source: '/spec',
            data: {
              tenantId: 'acme',
              email: `${state.memberId}@acme.test`,
              name: state.memberId,
              active: true,
              version: events,
              ...state,
            },
          })),
        ),
      ),
    memberGone: (memberId) =>
      members.handle(batchOf(memberChanged, [tombstone(memberChanged, `acme:${memberId}`, (events += 1))])),
    installation: (state) =>
      installations.handle(
        batchOf(installationChanged, [
          { id: `i-${(events += 1)}`, source: '/spec', data: { ...anInstallation, version: events, ...state } },
        ]),
      ),
    installationGone: (id, version) =>
      installations.handle(batchOf(installationChanged, [tombstone(installationChanged, id, version)])),
    slackEvents: (given) =>
      applyEvents.handle(
        batchOf(
          slackEvent,
          given.map((data) => ({ id: `e-${(events += 1)}`, source: '/spec', data })),
        ),
      ),
    runner,
    published: async () => {
      const found = await pool.query<{ topic: string; key: Buffer; value: Buffer | null; id: string }>(
        'DELETE FROM outbox RETURNING id, topic, key, value',
      );
      const inOrder = found.rows
        .filter(({ topic }) => topic !== auditRecorded.name)
        .sort((a, b) => Number(a.id) - Number(b.id));
      return new Map(
        inOrder.map(({ topic, key, value }) => {
          if (topic !== recipientChanged.name) throw new Error(`published to ${topic}`);
          return [key.toString(), value === null ? null : recipientChanged.schema.parse(JSON.parse(value.toString()))];
        }),
      );
    },
    close: async () => {
      await lifecycle.stop();
      await pool.end();
      await database.drop();
    },
  };
}

const anInstallation: Omit<InstallationState, 'installationId' | 'version'> = {
  tenantId: 'acme',
  name: 'Main',
  profile: 'invite_only',
  state: 'active',
  teamId: 'T0ACME',
  isEnterpriseInstall: false,
  appId: 'A0SIMULATED',
  botUserId: 'U0BOT',
  scopes: ['users:read', 'users:read.email', 'channels:read', 'groups:read'],
  installedAt: '2026-11-22T10:00:00Z',
};
