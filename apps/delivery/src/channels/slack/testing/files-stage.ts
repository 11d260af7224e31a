// Files on their way into a message, for specs: a real database, an https server with files, and the simulated Slack
// with a new workspace for each test.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { createDataSource, createPool, migrate } from '@carillon/persistence';
import { createTestDatabase, type TestDatabase } from '@carillon/persistence/testing';
import { closeConnections, SlackClient } from '@carillon/slack';
import { SlackSimulator } from '@carillon/slack-testing';
import { migrations } from '../../../database/migrations/index.ts';
import { FileUploads, type FileUploadsSettings, type PreparedFiles } from '../files/file-uploads.ts';
import { fileOpener, type FileOfContent, type OpenFile } from '../../../files/open-file.ts';
import type { MessageWithFiles } from '../files/post-with-files.ts';
import { fileServer, type FileServer } from '../../../files/testing/file-server.ts';

export const announce = 'files.getUploadURLExternal';
export const complete = 'files.completeUploadExternal';
export const channel = 'C0REPORTS';
export const granted = () => 0;
export const posting = { reserve: granted, mayReadFiles: true };

export const inline = (name: string, text: string): FileOfContent => ({
  name,
  contentType: 'text/plain',
  base64: Buffer.from(text).toString('base64'),
});

export const message = (prepared: PreparedFiles, over: Partial<MessageWithFiles> = {}): MessageWithFiles => {
  if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
  return { channel, files: prepared.files, said: { text: 'Three reports' }, ...over };
};

export class FilesStage {
  team = '';
  deliveryId = '';
  client!: SlackClient;

  private constructor(
    private readonly database: TestDatabase,
    readonly pool: Pool,
    readonly slack: SlackSimulator,
    readonly server: FileServer,
  ) {}

  static async start(): Promise<FilesStage> {
    const [database, slack, server] = await Promise.all([createTestDatabase(), SlackSimulator.start(), fileServer()]);
    await migrate(createDataSource({ url: database.url, entities: [], migrations, applicationName: 'spec' }));
    await slack.limits({ channelPerSecond: null });
    const big = Buffer.alloc(3_000_000, 'carillon ');
    server.route('/big', (_, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end(big));
    server.route('/page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
    server.route('/busy', (_, response) => response.writeHead(503).end());
    return new FilesStage(database, createPool(database.url), slack, server);
  }

  /** A new delivery and a new workspace. */
  async reset(): Promise<void> {
    this.deliveryId = randomUUID();
    this.client = await this.workspaceWith('chat:write,files:write,files:read');
  }

  async workspaceWith(scopes: string): Promise<SlackClient> {
    this.team = `T${randomUUID().slice(0, 8).toUpperCase()}`;
    await this.slack.workspace({
      id: this.team,
      name: this.team,
      users: [{ name: 'ada', admin: true }],
      channels: [{ id: channel, name: 'reports', members: ['bot'] }],
    });
    const token = await this.slack.install(this.team, scopes);
    return new SlackClient({ token, slackUrl: this.slack.url, timeoutMs: 1_500 });
  }

  readonly open: OpenFile = (file, signal) =>
    fileOpener({ mostBytes: 10_000_000, timeoutMs: 5_000, trustedHosts: [this.server.host] })(file, signal);

  /** The uploads of one process; another call is another process. */
  uploads(settings: Partial<FileUploadsSettings> = {}): FileUploads {
    return new FileUploads(this.pool, this.open, { atOnce: 4, timeoutMs: 5_000, ...settings });
  }

  prepare(files: readonly FileOfContent[], attempt = 1): Promise<PreparedFiles> {
    return this.uploads().prepare(
      { deliveryId: this.deliveryId, tenantId: 'acme', attempt, files },
      this.client,
      granted,
    );
  }

  url(path: string): FileOfContent {
    return { name: `${path.slice(1)}.csv`, contentType: 'text/csv', url: this.server.url(path), title: 'Numbers' };
  }

  async stop(): Promise<void> {
    await closeConnections();
    this.slack.stop();
    await this.server.stop();
    await this.pool.end();
    await this.database.drop();
  }
}
