// Reads from an event of Slack's what has to be asked about an installation. Pure. Nothing is taken from the event
// itself but the question: the topic may hold a record that Slack did not send, events come late and out of order, and
// Slack's answer is the truth.
import type { SlackEvent } from '@carillon/domain';
import type { NewTask } from '../slack-tasks/slack-task.ts';
import { removalOf, workspaceIdOf } from './removal.ts';

export interface News {
  /** What Slack keys the installation by: the team, or the enterprise of an organisation-wide one. */
  workspaceId: string;
  /** The organisation of the workspace, whose installation is asked where the workspace has none of its own. */
  enterpriseId?: string;
  appId?: string;
  /** The bot users whose tokens were revoked; absent where the news is not about tokens. */
  botUserIds?: string[];
  question: Pick<NewTask<'verify'>, 'kind' | 'detail'> | Pick<NewTask<'describe'>, 'kind' | 'detail'>;
}

const descriptions = new Set([
  'team_domain_change',
  'team_rename',
  'team_access_granted',
  'team_access_revoked',
  'grid_migration_finished',
]);

export function newsOf(event: SlackEvent): News | undefined {
  const removal = removalOf(event);
  if (removal) {
    const { workspaceId, appId, botUserIds, kind, at } = removal;
    return {
      workspaceId,
      ...(event.enterpriseId !== undefined && { enterpriseId: event.enterpriseId }),
      ...(appId !== undefined && { appId }),
      ...(botUserIds && { botUserIds }),
      question: { kind: 'verify', detail: { reason: kind, at: at.toISOString() } },
    };
  }
  if (!descriptions.has(event.eventType)) return undefined;
  const workspaceId = workspaceIdOf(event);
  return workspaceId === undefined
    ? undefined
    : {
        workspaceId,
        ...(event.enterpriseId !== undefined && { enterpriseId: event.enterpriseId }),
        ...(event.appId !== undefined && { appId: event.appId }),
        question: { kind: 'describe', detail: { because: event.eventType } },
      };
}
