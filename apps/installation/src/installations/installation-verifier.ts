// Verifies with Slack whether an installation still works. Guarantees: an installation that Slack no longer accepts
// becomes `lost`: its token is deleted, and its deliveries wait until it is connected again; each loss is one warning
// in the log and counts once in `carillon_installations_lost_total`; a report about an authorisation that was replaced
// meanwhile changes nothing; the person who connected it is told by e-mail, through the platform itself.
import { addToOutbox } from '@carillon/persistence';
import { AuditLog, type AuditCaller } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { slackActor } from '../audit/actors.ts';
import { installationsLost } from '../metrics.ts';
import { SlackUnavailable } from '../slack-app/errors.ts';
import { SlackApp } from '../slack-app/slack-app.ts';
import type { SlackTask, TaskDetails } from '../slack-tasks/slack-task.ts';
import { KeyRingError } from '../tokens/key-ring.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import { TokenRefresh } from '../tokens/token-refresh.ts';
import { Installation } from './installation.entity.ts';
import { lostNotification } from './lost-notification.ts';
import { auditView, lockInstallation, recordChange } from './record-change.ts';

const log = createLogger('installations');

@Injectable()
export class InstallationVerifier {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealedTokens: SealedTokens,
    private readonly refresh: TokenRefresh,
    private readonly slack: SlackApp,
    private readonly audit: AuditLog,
  ) {}

  /** A service reported an error that may mean a dead token. Asks Slack, and returns the installation afterwards. */
  async verify(installationId: string, reportedBy: AuditCaller): Promise<Installation | null> {
    const installation = await this.dataSource.manager.findOneBy(Installation, { id: installationId });
    if (installation?.state !== 'active') return installation;
    const death = await this.deathOf(installation.id).catch((error: unknown) => {
      // Without the key nothing can be asked; the tokens are `unreadable` to every service.
      if (error instanceof KeyRingError) return undefined;
      throw error;
    });
    if (death !== undefined) await this.mark(installation, death, reportedBy);
    return this.dataSource.manager.findOneBy(Installation, { id: installationId });
  }

  /** Carries out the question that followed from an event of Slack's. */
  async verifyNews({ subject, detail }: SlackTask): Promise<void> {
    const installation = await this.dataSource.manager.findOneBy(Installation, { id: subject });
    const { reason, at } = detail as TaskDetails['verify'];
    if (installation?.state === 'active') await this.reported(installation, reason, new Date(at));
  }

  /**
   * An event of Slack's says that the app was removed or a token of its bot was revoked. Slack is always asked whether
   * the token works, for three reasons: the topic may hold a record that did not come from Slack; Slack's times are
   * whole seconds, so the order is unknown within the second of the newest authorisation; and with rotation the bot has
   * several tokens, and the event does not name the revoked one. Throws SlackUnavailable where Slack gives no answer.
   */
  private async reported(
    installation: Installation,
    reason: 'app_uninstalled' | 'tokens_revoked',
    at: Date,
  ): Promise<void> {
    const authorizedSecond = Math.floor(installation.authorizedAt.getTime() / 1000);
    const reportedSecond = Math.floor(at.getTime() / 1000);
    if (reportedSecond < authorizedSecond || (await this.deathOf(installation.id)) === undefined) return;
    await this.mark(installation, reason);
  }

  /** Slack refuses to exchange the expired tokens of an installation. */
  async ended(installationId: string, reason: string): Promise<void> {
    const installation = await this.dataSource.manager.findOneBy(Installation, { id: installationId });
    if (installation?.state === 'active') await this.mark(installation, reason);
  }

  /** `known`: the installation when the reason was found. A newer authorisation is not changed. */
  async mark(known: Installation, reason: string, caller: AuditCaller = slackActor): Promise<void> {
    const changed = await this.dataSource.transaction(async (manager) => {
      const installation = await lockInstallation(manager, known.id);
      if (installation?.state !== 'active') return false;
      if (installation.authorizedAt.getTime() !== known.authorizedAt.getTime()) return false;
      const before = auditView(installation);
      Object.assign(installation, { state: 'lost', stateReason: reason });
      await this.sealedTokens.forget(manager, installation.id);
      await recordChange(manager, this.audit, installation, { caller, action: 'lost', before });
      await addToOutbox(manager, [lostNotification(installation, reason)]);
      return true;
    });
    if (!changed) return;
    installationsLost.inc({ reason });
    log.warn(
      { installationId: known.id, tenant: known.tenantId, teamId: known.teamId, reason },
      'Slack no longer accepts the installation: its deliveries wait until it is connected again, or expire',
    );
  }

  /**
   * A token that has merely expired is exchanged first. With rotation Slack keeps the two newest tokens of a workspace,
   * so an exchange of a code that came to nothing may have ended the stored one: its refresh token works on.
   */
  private async deathOf(installationId: string): Promise<string | undefined> {
    const row = await this.sealedTokens.find(installationId);
    if (!row) return 'token_missing';
    const fresh = await this.refresh.fresh(row);
    if (!fresh) throw new SlackUnavailable('oauth.v2.access', 'the token expired and was not exchanged');
    if ('refused' in fresh) return fresh.refused;
    const death = await this.slack.deathOf(fresh.accessToken);
    if (death === undefined || fresh.refreshToken === undefined) return death;
    const current = await this.sealedTokens.find(installationId);
    const renewed = current && (await this.refresh.renew(current));
    if (!renewed) throw new SlackUnavailable('oauth.v2.access', 'the token was revoked and not exchanged');
    return 'refused' in renewed ? death : this.slack.deathOf(renewed.accessToken);
  }
}
