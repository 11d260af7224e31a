// Slack as the installations of a process call it. Guarantee: whoever calls, the calls of a method in a workspace are
// paced together.
import { BotTokens, CONFIG, ServiceTokens } from '@carillon/runtime';
import { methodLimitOf } from '@carillon/slack';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.ts';
import { InstallationSlack } from './installation-slack.ts';
import { MethodPace } from './method-pace.ts';

export interface CallingInstallation {
  installationId: string;
  tenantId: string;
  teamId: string | null;
  enterpriseId: string | null;
}

@Injectable()
export class SlackClients {
  private readonly pace: MethodPace;
  private readonly tokens: BotTokens;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    identity: ServiceTokens,
  ) {
    this.pace = new MethodPace({
      perMinute: (method) => Math.max(1, Math.floor(methodLimitOf(method).perMinute * config.SLACK_PACE)),
    });
    this.tokens = new BotTokens({ installationUrl: config.INSTALLATION_URL }, identity);
  }

  of({ installationId, tenantId, teamId, enterpriseId }: CallingInstallation): InstallationSlack {
    const { SLACK_URL: slackUrl, SLACK_TIMEOUT_MS: timeoutMs } = this.config;
    const { tokens, pace } = this;
    // No retry of its own: the delay between two attempts of the caller applies.
    tokens.clearHold(installationId);
    const workspace = teamId ?? enterpriseId ?? installationId;
    return new InstallationSlack({ installationId, tenantId, workspace, slackUrl, timeoutMs, tokens, pace });
  }
}
