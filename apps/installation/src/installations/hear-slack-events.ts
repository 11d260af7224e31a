// Hears from Slack that the app was removed from a workspace, or its bot token revoked there.
// Promises: each such event is answered before its offset is committed; events about people's tokens, about other apps
// and about workspaces nobody connected change nothing.
import { Injectable } from '@nestjs/common';
import type { slackEvent } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DataSource } from 'typeorm';
import { Installation } from './installation.entity.ts';
import { LostInstallations } from './lost-installations.ts';
import { removalOf, type Removal } from './removal.ts';

@Injectable()
export class HearSlackEvents implements Handles<typeof slackEvent> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lost: LostInstallations,
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
    await this.lost.reported(installation, removal.kind, removal.at);
  }
}
