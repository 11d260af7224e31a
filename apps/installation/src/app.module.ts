// The controllers, consumers and providers of the installation service.
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { slackEvent } from '@carillon/domain';
import { consume } from '@carillon/messaging-nest';
import { AuditLog, CONFIG, DATABASE, Lifecycle } from '@carillon/runtime';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import type { Config } from './config.ts';
import { BrowserBinding } from './connecting/browser-binding.ts';
import { CompleteConnection } from './connecting/complete-connection.ts';
import { ConnectionAttempts } from './connecting/connection-attempts.ts';
import { ConnectionsController } from './connecting/connections.controller.ts';
import { OAuthController } from './connecting/oauth.controller.ts';
import { ReturnToPolicy } from './connecting/return-to.ts';
import { AttemptSigner } from './connecting/signed-attempt.ts';
import { HandleSlackEvents } from './installations/handle-slack-events.ts';
import { Installations } from './installations/installations.ts';
import { showInstallations } from './installations/installation-metrics.ts';
import { InstallationsController } from './installations/installations.controller.ts';
import { InstallationVerifier } from './installations/installation-verifier.ts';
import { Policies } from './policy/policies.ts';
import { PolicyController } from './policy/policy.controller.ts';
import { ScopeProfilesController } from './scope-profiles/scope-profiles.controller.ts';
import { SlackApp } from './slack-app/slack-app.ts';
import { SealedTokens } from './tokens/sealed-tokens.ts';
import { TokenHandover } from './tokens/token-handover.ts';
import { TokenIssue } from './tokens/token-issue.ts';
import { TokenRefresh } from './tokens/token-refresh.ts';
import { TokensController } from './tokens/tokens.controller.ts';

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
          new BrowserBinding(config.PUBLIC_URL),
          audit,
        ),
    },
    {
      provide: SealedTokens,
      inject: [DataSource, CONFIG],
      useFactory: (dataSource: DataSource, config: Config) => new SealedTokens(dataSource, config.TOKEN_KEYS),
    },
    {
      provide: TokenRefresh,
      inject: [DataSource, SealedTokens, SlackApp, CONFIG],
      useFactory: (dataSource: DataSource, sealed: SealedTokens, slack: SlackApp, config: Config) =>
        new TokenRefresh(dataSource, sealed, slack, config.TOKEN_REFRESH_AHEAD_MS),
    },
    TokenIssue,
    TokenHandover,
    InstallationVerifier,
    Installations,
    Policies,
    CompleteConnection,
  ],
})
export class AppModule implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly lifecycle: Lifecycle,
    @Inject(DATABASE) private readonly pool: Pool,
  ) {}

  /** Seals rows of an older key with the first key, in the background. */
  onApplicationBootstrap(): void {
    if (!this.dataSource.isInitialized) return;
    const sealing = this.sealedTokens.sealAnew();
    this.lifecycle.onStop('work', 'sealing tokens anew', () => sealing);
    showInstallations(this.pool);
  }
}
