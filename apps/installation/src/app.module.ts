// The controllers, consumers and providers of the installation service.
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { slackEvent } from '@carillon/domain';
import { consume } from '@carillon/messaging-nest';
import { AuditLog, BrowserBinding, CONFIG, DATABASE, Lifecycle, ReturnToPolicy } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { slackActor } from './audit/actors.ts';
import type { Config } from './config.ts';
import { CompleteConnection } from './connecting/complete-connection.ts';
import { ConfirmConnection } from './connecting/confirm-connection.ts';
import { ConnectionAttempts } from './connecting/connection-attempts.ts';
import { ConnectionsController } from './connecting/connections.controller.ts';
import { OAuthController } from './connecting/oauth.controller.ts';
import { AttemptSigner } from './connecting/signed-attempt.ts';
import { DescribeInstallation } from './installations/describe-installation.ts';
import { HandleSlackEvents } from './installations/handle-slack-events.ts';
import { Installations } from './installations/installations.ts';
import { countedEveryMs, countInstallationStates } from './installations/installation-metrics.ts';
import { InstallationViews } from './installations/installation-views.ts';
import { InstallationsController } from './installations/installations.controller.ts';
import { InstallationVerifier } from './installations/installation-verifier.ts';
import { Policies } from './policy/policies.ts';
import { PolicyController } from './policy/policy.controller.ts';
import { ScopeProfilesController } from './scope-profiles/scope-profiles.controller.ts';
import { SlackApp } from './slack-app/slack-app.ts';
import { RevokeTokens } from './slack-tasks/revoke-tokens.ts';
import { SlackTasks } from './slack-tasks/slack-tasks.ts';
import { KeysController } from './tokens/keys.controller.ts';
import { SealedRows } from './tokens/sealed-rows.ts';
import { SealedTokens } from './tokens/sealed-tokens.ts';
import { TokenHandover } from './tokens/token-handover.ts';
import { TokenIssue } from './tokens/token-issue.ts';
import { TokenRefresh } from './tokens/token-refresh.ts';
import { TokenUpkeep } from './tokens/token-upkeep.ts';
import { TokensController } from './tokens/tokens.controller.ts';

const log = createLogger('installation');
const confirmationSweepMs = 30_000;
const upkeepMs = 60_000;

@Module({
  controllers: [
    // From the beginning of the topic: a workspace may have removed the app while no process ran.
    consume(slackEvent, HandleSlackEvents),
    ScopeProfilesController,
    ConnectionsController,
    OAuthController,
    InstallationsController,
    PolicyController,
    TokensController,
    KeysController,
  ],
  providers: [
    {
      provide: SlackApp,
      inject: [CONFIG],
      useFactory: (config: Config) =>
        new SlackApp({
          slackUrl: config.SLACK_URL,
          clientId: config.SLACK_CLIENT_ID,
          clientSecret: config.SLACK_CLIENT_SECRET,
          redirectUri: `${config.PUBLIC_URL}/slack/oauth/callback`,
          timeoutMs: config.SLACK_TIMEOUT_MS,
          pkce: config.SLACK_PKCE,
        }),
    },
    {
      provide: ReturnToPolicy,
      inject: [CONFIG],
      useFactory: (config: Config) => new ReturnToPolicy(config.PUBLIC_URL, config.RETURN_TO_ORIGINS),
    },
    {
      provide: ConnectionAttempts,
      inject: [DataSource, CONFIG, AuditLog],
      useFactory: (dataSource: DataSource, config: Config, audit: AuditLog) =>
        new ConnectionAttempts(
          dataSource,
          new AttemptSigner(config.TOKEN_KEYS),
          new BrowserBinding(config.PUBLIC_URL, '/slack/oauth', 'carillon-connect-'),
          audit,
        ),
    },
    {
      provide: SealedTokens,
      inject: [DataSource, CONFIG],
      useFactory: (dataSource: DataSource, config: Config) => new SealedTokens(dataSource, config.TOKEN_KEYS),
    },
    {
      provide: SealedRows,
      inject: [DataSource, CONFIG, SealedTokens],
      useFactory: (dataSource: DataSource, config: Config, sealed: SealedTokens) =>
        new SealedRows(dataSource, config.TOKEN_KEYS, sealed),
    },
    {
      provide: TokenRefresh,
      inject: [DataSource, SealedTokens, SlackApp, CONFIG],
      useFactory: (dataSource: DataSource, sealed: SealedTokens, slack: SlackApp, config: Config) =>
        new TokenRefresh(dataSource, sealed, slack, config.TOKEN_REFRESH_AHEAD_MS),
    },
    {
      provide: TokenUpkeep,
      inject: [DataSource, SealedTokens, TokenRefresh, SlackApp, InstallationVerifier, CONFIG],
      useFactory: (
        dataSource: DataSource,
        sealed: SealedTokens,
        refresh: TokenRefresh,
        slack: SlackApp,
        verifier: InstallationVerifier,
        config: Config,
      ) =>
        new TokenUpkeep(
          dataSource,
          sealed,
          refresh,
          slack,
          {
            ended: (id, reason) => verifier.ended(id, reason),
            verify: (id) => verifier.verify(id, slackActor),
          },
          { aheadMs: config.TOKEN_REFRESH_AHEAD_MS, migrate: config.SLACK_TOKEN_ROTATION },
        ),
    },
    {
      provide: SlackTasks,
      inject: [DataSource, SlackApp, SealedTokens, TokenRefresh, InstallationVerifier, AuditLog],
      useFactory: (
        dataSource: DataSource,
        slack: SlackApp,
        sealed: SealedTokens,
        refresh: TokenRefresh,
        verifier: InstallationVerifier,
        audit: AuditLog,
      ) => {
        const revoke = new RevokeTokens(dataSource, slack, sealed);
        const describe = new DescribeInstallation(dataSource, slack, sealed, refresh, verifier, audit);
        return new SlackTasks(dataSource, {
          revoke: (task) => revoke.carryOut(task),
          verify: (task) => verifier.verifyNews(task),
          describe: (task) => describe.carryOut(task),
        });
      },
    },
    TokenIssue,
    TokenHandover,
    InstallationVerifier,
    InstallationViews,
    Installations,
    Policies,
    CompleteConnection,
    ConfirmConnection,
  ],
})
export class AppModule implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedRows: SealedRows,
    private readonly lifecycle: Lifecycle,
    private readonly tasks: SlackTasks,
    private readonly confirmation: ConfirmConnection,
    private readonly upkeep: TokenUpkeep,
    @Inject(DATABASE) private readonly pool: Pool,
  ) {}

  /** One round after the other; the last one ends before the process does. */
  private every(ms: number, work: () => Promise<void>): void {
    let running: Promise<void> | undefined;
    const timer = setInterval(() => {
      running ??= work()
        .catch((error: unknown) => log.warn({ err: error }, 'a periodic step failed; it is tried again'))
        .finally(() => (running = undefined));
    }, ms);
    this.lifecycle.onStop('intake', 'periodic work', async () => {
      clearInterval(timer);
      await running;
    });
  }

  /** Seals rows of an older key with the first key in the background, and starts what goes on by itself. */
  onApplicationBootstrap(): void {
    if (!this.dataSource.isInitialized) return;
    const sealing = this.sealedRows
      .sealAnew()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'not every token was sealed with the new key; the next start tries'),
      );
    this.lifecycle.onStop('work', 'sealing tokens anew', async () => void (await sealing));
    this.tasks.start();
    this.lifecycle.onStop('work', 'calls to Slack', () => this.tasks.stop());
    this.every(confirmationSweepMs, () => this.confirmation.endUnconfirmed());
    this.every(upkeepMs, () => this.upkeep.run());
    this.every(countedEveryMs, () => countInstallationStates(this.pool));
  }
}
