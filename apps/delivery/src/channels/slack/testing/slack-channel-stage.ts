// The Slack channel as delivery has it, for specs: a real database, the simulated Slack, and a new workspace with
// the scopes that a test asks for.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { createDataSource, createPool, defineStatement, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { closeConnections, SlackClient } from '@carillon/slack';
import { SlackSimulator } from '@carillon/slack-testing';
import { migrations } from '../../../database/migrations/index.ts';
import { fileOpener } from '../../../files/open-file.ts';
import type { ClaimedDelivery } from '../../../model/claimed-delivery.ts';
import type { SendResult } from '../../../model/send-result.ts';
import { claimed } from '../../../testing/claimed.ts';
import { slackLimits } from '../../../testing/lane-limits.ts';
import { sendGuard } from '../../../testing/send-guard.ts';
import { bodies } from '../../rendering/bodies.ts';
import { Answers } from '../answers.ts';
import { Conversations } from '../conversations.ts';
import { Attachments } from '../files/attachments.ts';
import { Installations } from '../installations.ts';
import { SlackChannel } from '../slack-channel.ts';
import type { SlackConnections } from '../slack-connections.ts';

const channelId = 'C0REPORTS';
const putInstallation = defineStatement({
  parameters: { installationId: 'uuid', team: 'text', scopes: 'text[]' },
  text: (p) => `
INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version)
VALUES (${p.installationId}, 'acme', ${p.team}, 'active', ${p.scopes}, 1)
ON CONFLICT (installation_id) DO UPDATE SET scopes = excluded.scopes, changed_in = DEFAULT`,
});
const mayAlwaysSend = sendGuard(true);

export class SlackChannelStage {
  team = '';
  client!: SlackClient;
  channel!: SlackChannel;
  private readonly installationId = randomUUID();
  private installations!: Installations;

  private constructor(
    private readonly database: TestDatabase,
    readonly pool: Pool,
    readonly slack: SlackSimulator,
  ) {}

  static async start(): Promise<SlackChannelStage> {
    const [database, slack] = await Promise.all([createTestDatabase(), SlackSimulator.start()]);
    await migrate(createDataSource({ url: database.url, entities: [], migrations, applicationName: 'spec' }));
    await slack.limits({ channelPerSecond: null });
    return new SlackChannelStage(database, createPool(database.url), slack);
  }

  /** A new workspace, with the app in its channel. */
  async connect(scopes: string, { members = ['bot'] }: { members?: string[] } = {}): Promise<void> {
    this.team = `T${randomUUID().slice(0, 8).toUpperCase()}`;
    await this.slack.workspace({
      id: this.team,
      name: this.team,
      users: [{ name: 'ada', admin: true }],
      channels: [{ id: channelId, name: 'reports', members }],
    });
    const token = await this.slack.install(this.team, scopes);
    this.client = new SlackClient({ token, slackUrl: this.slack.url, timeoutMs: 1_500 });
    await this.pool.query('DELETE FROM installation');
    this.installations = new Installations(this.pool);
    await this.grant(scopes);
    const connection = () => Promise.resolve({ client: this.client, teamId: this.team });
    const connections = { connection, restored: () => undefined } as unknown as SlackConnections;
    const answers = new Answers({ forget: () => undefined, reportDead: () => Promise.resolve() });
    const openFile = fileOpener({ mostBytes: 1_000_000, timeoutMs: 2_000, trustedHosts: [] });
    const uploading = { atOnce: 4, timeoutMs: 2_000 };
    const parts = {
      installations: this.installations,
      conversations: new Conversations(this.pool),
      attachments: new Attachments(this.pool, openFile, uploading, this.installations, answers),
      answers,
    };
    this.channel = new SlackChannel(connections, parts, slackLimits);
  }

  /** What delivery knows of the installation from now on. */
  async grant(scopes: string): Promise<void> {
    const { installationId, team } = this;
    await this.pool.query(putInstallation({ installationId, team, scopes: scopes.split(',') }));
    await this.installations.refresh();
  }

  delivery(over: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
    const { installationId, team: teamId } = this;
    return claimed({
      deliveryId: randomUUID(),
      destination: { kind: 'slack', surface: 'channel', installationId, teamId, channel: channelId },
      ...over,
    });
  }

  send(delivery: ClaimedDelivery): Promise<SendResult> {
    return this.channel.send(delivery, mayAlwaysSend);
  }

  async stop(): Promise<void> {
    await closeConnections();
    this.slack.stop();
    await bodies.close();
    await this.pool.end();
    await this.database.drop();
  }
}
