// Reads from an event of Slack's which installation it ends. Pure.
import type { SlackEvent } from '@carillon/domain';
import { z } from 'zod';

export interface Removal {
  kind: 'app_uninstalled' | 'tokens_revoked';
  /** What Slack keys the installation by: the team, or the enterprise of an org-wide one. */
  workspaceId: string;
  appId?: string;
  /** The bot users whose tokens were revoked; absent where the app was removed. */
  botUserIds?: string[];
  at: Date;
}

const envelope = z.object({
  event_time: z.number().optional(),
  authorizations: z.array(z.object({ is_enterprise_install: z.boolean().optional() })).optional(),
  is_enterprise_install: z.boolean().optional(),
  event: z.object({ tokens: z.object({ bot: z.array(z.string()).optional() }).optional() }).optional(),
});

export function removalOf({
  eventType,
  teamId,
  enterpriseId,
  appId,
  receivedAt,
  payload,
}: SlackEvent): Removal | undefined {
  if (eventType !== 'app_uninstalled' && eventType !== 'tokens_revoked') return undefined;
  const read = envelope.safeParse(payload);
  const { event_time, authorizations, is_enterprise_install, event } = read.success ? read.data : {};
  const isOrgWide =
    is_enterprise_install ??
    authorizations?.some((authorization) => authorization.is_enterprise_install) ??
    teamId === undefined;
  const workspaceId = isOrgWide ? enterpriseId : teamId;
  if (workspaceId === undefined) return undefined;
  const botUserIds = event?.tokens?.bot ?? [];
  if (eventType === 'tokens_revoked' && botUserIds.length === 0) return undefined;
  return {
    kind: eventType,
    workspaceId,
    ...(appId !== undefined && { appId }),
    ...(eventType === 'tokens_revoked' && { botUserIds }),
    at: event_time === undefined ? new Date(receivedAt) : new Date(event_time * 1000),
  };
}
