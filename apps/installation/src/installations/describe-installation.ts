// Asks Slack what an installation is called and covers now: the workspace's name, domain and organisation, and the
// workspaces of an organisation-wide installation. Guarantees: only a difference is written and published; an
// authorisation that was replaced meanwhile is left alone; a dead token marks the installation as lost.
import { storable } from '@carillon/domain';
import { AuditLog } from '@carillon/runtime';
import { DataSource } from 'typeorm';
import { slackActor } from '../audit/actors.ts';
import { SlackRefused, SlackUnavailable } from '../slack-app/errors.ts';
import type { SlackApp, WorkspaceDetails } from '../slack-app/slack-app.ts';
import type { SlackTask } from '../slack-tasks/slack-task.ts';
import type { SealedTokens } from '../tokens/sealed-tokens.ts';
import type { TokenRefresh } from '../tokens/token-refresh.ts';
import { Installation } from './installation.entity.ts';
import type { InstallationVerifier } from './installation-verifier.ts';
import { auditView, lockInstallation, recordChange } from './record-change.ts';

interface Description extends WorkspaceDetails {
  teamIds?: string[];
}

export class DescribeInstallation {
  constructor(
    private readonly dataSource: DataSource,
    private readonly slack: SlackApp,
    private readonly sealedTokens: SealedTokens,
    private readonly refresh: TokenRefresh,
    private readonly verifier: InstallationVerifier,
    private readonly audit: AuditLog,
  ) {}

  async carryOut({ subject }: SlackTask): Promise<void> {
    const known = await this.dataSource.manager.findOneBy(Installation, { id: subject });
    if (known?.state !== 'active') return;
    const row = await this.sealedTokens.find(known.id);
    if (!row) return;
    const fresh = await this.refresh.fresh(row);
    if (!fresh) throw new SlackUnavailable('oauth.v2.access', 'the token expired and was not exchanged');
    if ('refused' in fresh) return this.verifier.mark(known, fresh.refused);
    try {
      await this.write(known, await this.ask(known, fresh.accessToken));
    } catch (error) {
      if (!(error instanceof SlackRefused && error.tokenIsDead)) throw error;
      const after = await this.verifier.verify(known.id, slackActor);
      // Where the token could be exchanged, the question is put with the new one.
      if (after?.state === 'active') throw error;
    }
  }

  private async ask({ isEnterpriseInstall }: Installation, token: string): Promise<Description> {
    const [details, teamIds] = await Promise.all([
      this.slack.workspaceDetails(token),
      isEnterpriseInstall ? this.slack.coveredTeams(token) : undefined,
    ]);
    return { ...details, ...(teamIds && { teamIds: teamIds.sort() }) };
  }

  private async write(known: Installation, { name, domain, enterpriseId, teamIds }: Description): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const installation = await lockInstallation(manager, known.id);
      if (installation?.state !== 'active') return;
      if (installation.authorizedAt.getTime() !== known.authorizedAt.getTime()) return;
      // Another answer may have been stored meanwhile, and this one may be older.
      if (installation.version !== known.version) throw new SlackUnavailable('auth.test', 'changed meanwhile');
      const before = auditView(installation);
      Object.assign(installation, {
        ...(name !== undefined && { teamName: storable(name) }),
        ...(domain !== undefined && { teamDomain: storable(domain) }),
        ...(enterpriseId !== undefined && { enterpriseId }),
        ...(teamIds && { teamIds }),
      });
      if (JSON.stringify(before) === JSON.stringify(auditView(installation))) return;
      await recordChange(manager, this.audit, installation, { caller: slackActor, action: 'updated', before });
    });
  }
}
