// Handles the events by which Slack says that the app was removed from a workspace, or that its bot token was revoked.
// Guarantees: the installation is verified before the offset of the event is committed; events about tokens of people,
// about other apps and about workspaces without an installation change nothing.
import { Injectable } from '@nestjs/common';
import type { slackEvent } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DataSource } from 'typeorm';
import { Installation } from './installation.entity.ts';
import { InstallationVerifier } from './installation-verifier.ts';
import { removalOf, type Removal } from './removal.ts';

@Injectable()
export class HandleSlackEvents implements Handles<typeof slackEvent> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly verifier: InstallationVerifier,
  ) {}

  async handle({ records }: Batch<typeof slackEvent>): Promise<void> {
    for (const { data } of records) {
      const removal = removalOf(data);
      if (removal) await this.apply(removal);
    }
  }

  private async apply(removal: Removal): Promise<void> {
    const installation = await this.dataSource.manager.findOneBy(Installation, {
      workspaceId: removal.workspaceId,
      state: 'active',
    });
    if (!installation) return;
    if (removal.appId !== undefined && removal.appId !== installation.appId) return;
    if (removal.botUserIds && !removal.botUserIds.includes(installation.botUserId)) return;
    await this.verifier.reported(installation, removal.kind, removal.at);
  }
}
