// Handles the events by which Slack says that an installation ended or changed. Guarantees: the question that follows
// from an event is stored before its offset is committed, and asked within seconds, so that a slow Slack of one
// workspace holds back no other; events about tokens of people, about other apps and about workspaces without an
// installation change nothing.
import { Injectable } from '@nestjs/common';
import type { slackEvent } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DataSource, In } from 'typeorm';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { Installation } from './installation.entity.ts';
import { newsOf, type News } from './slack-news.ts';

@Injectable()
export class HandleSlackEvents implements Handles<typeof slackEvent> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: SlackTasks,
  ) {}

  async handle({ records }: Batch<typeof slackEvent>): Promise<void> {
    const news = records.flatMap(({ data }) => newsOf(data) ?? []);
    if (news.length === 0) return;
    await this.dataSource.transaction(async (manager) => {
      const workspaces = [
        ...new Set(news.flatMap(({ workspaceId, enterpriseId = workspaceId }) => [workspaceId, enterpriseId])),
      ];
      const concerned = await manager.findBy(Installation, { workspaceId: In(workspaces), state: 'active' });
      for (const one of news) {
        const installation =
          concerned.find((candidate) => concerns(one, candidate, one.workspaceId)) ??
          concerned.find((candidate) => concerns(one, candidate, one.enterpriseId));
        if (!installation) continue;
        const { id: subject, tenantId, workspaceId } = installation;
        await this.tasks.add(manager, { ...one.question, subject, tenantId, workspaceId });
      }
    });
  }
}

const concerns = ({ appId, botUserIds }: News, installation: Installation, place: string | undefined): boolean =>
  place === installation.workspaceId &&
  (appId === undefined || appId === installation.appId) &&
  (botUserIds === undefined || botUserIds.includes(installation.botUserId));
