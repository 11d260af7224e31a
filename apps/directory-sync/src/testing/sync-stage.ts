// Syncs for specs: the simulated Slack, an issuer and a stand-in for the installation service for a whole file. Each
// test has a directory with a database of its own, and an installation whose workspace it connects itself.
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Link } from '@carillon/domain';
import { until } from '@carillon/messaging/testing';
import { testIssuer, type TestIssuer } from '@carillon/runtime/testing';
import { SlackSimulator } from '@carillon/slack-testing';
import { requestSyncs } from '../syncs/sync-table.ts';
import { testDirectory, type Directory } from './directory.ts';
import { tokenService, type TokenService } from './token-service.ts';

export const scopes = 'users:read,users:read.email,channels:read,groups:read';
const unlimited = { methods: { '*': null }, retryAfter: 1 };

interface SyncRow {
  state: string;
  error: string | null;
  links_changed: number;
  users_seen: number;
  pages: number;
  attempt: number;
}

const installationOf = (installationId: string, teamId: string) => ({
  ...{ installationId, tenantId: 'acme', name: 'Main', state: 'active', listed: true },
  ...{ teamId, enterpriseId: null },
});

export class SyncStage {
  directory!: Directory;
  team = '';
  installation = installationOf('', '');
  private teams = 0;

  private constructor(
    readonly slack: SlackSimulator,
    readonly issuer: TestIssuer,
    readonly tokens: TokenService,
  ) {}

  static async start(): Promise<SyncStage> {
    const [slack, issuer, tokens] = await Promise.all([SlackSimulator.start(), testIssuer(), tokenService()]);
    await slack.limits(unlimited);
    return new SyncStage(slack, issuer, tokens);
  }

  async reset(): Promise<void> {
    const urls = { slack: this.slack.url, installation: this.tokens.url, token: this.issuer.tokenUrl };
    this.directory = await testDirectory(urls);
    this.team = `T0SPEC${(this.teams += 1)}`;
    this.installation = installationOf(randomUUID(), this.team);
  }

  async stop(): Promise<void> {
    this.slack.stop();
    await Promise.all([this.issuer.close(), this.tokens.close()]);
  }

  async connect(
    workspace: { users?: object[]; channels?: object[]; generate?: object },
    granted = scopes,
  ): Promise<void> {
    const { installationId } = this.installation;
    await this.slack.workspace({ id: this.team, name: 'Acme', ...workspace });
    this.tokens.tokens.set(installationId, await this.slack.install(this.team, granted));
    await this.directory.installation({ installationId, teamId: this.team, scopes: granted.split(',') });
  }

  async syncOf(): Promise<SyncRow> {
    const found = await this.directory.pool.query<SyncRow>(
      'SELECT * FROM sync WHERE installation_id = $1 ORDER BY created_at DESC LIMIT 1',
      [this.installation.installationId],
    );
    return found.rows[0]!;
  }

  ended(ms?: number): Promise<void> {
    return until(async () => ['done', 'failed'].includes((await this.syncOf()).state), ms);
  }

  async again(): Promise<void> {
    await requestSyncs(this.directory.pool, [this.installation], 'requested');
    await this.ended();
    expect(await this.syncOf()).toMatchObject({ state: 'done' });
  }
}

export const linksIn = (published: Awaited<ReturnType<Directory['published']>>) =>
  Object.fromEntries(
    [...published].map(([key, recipient]) => [
      key.replace('acme:', ''),
      recipient && recipient.links.map(({ installationId: _, ...link }: Link) => link),
    ]),
  );
