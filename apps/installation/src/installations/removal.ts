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
  event_time: z.number().nullish(),
  authorizations: z.array(z.object({ is_enterprise_install: z.boolean().nullish() })).nullish(),
  is_enterprise_install: z.boolean().nullish(),
  event: z.object({ tokens: z.object({ bot: z.array(z.string()).optional() }).optional() }).optional(),
});

const read = (payload: unknown): z.infer<typeof envelope> => envelope.safeParse(payload).data ?? {};

/** What Slack keys the installation by that sees the event: the enterprise where it is organisation-wide. */
export function workspaceIdOf({
  teamId,
  enterpriseId,
  payload,
}: Pick<SlackEvent, 'teamId' | 'enterpriseId' | 'payload'>): string | undefined {
  const { is_enterprise_install, authorizations } = read(payload);
  const seenBy = authorizations ?? [];
  const isOrgWide =
    is_enterprise_install ??
    // An empty list says nothing (slack-facts, section 11).
    (seenBy.length > 0 ? seenBy.some((authorization) => authorization.is_enterprise_install) : teamId === undefined);
  return isOrgWide ? enterpriseId : teamId;
}

export function removalOf({
  eventType,
  teamId,
  enterpriseId,
  appId,
  receivedAt,
  payload,
}: SlackEvent): Removal | undefined {
  if (eventType !== 'app_uninstalled' && eventType !== 'tokens_revoked') return undefined;
  const { event_time, event } = read(payload);
  const workspaceId = workspaceIdOf({ teamId, enterpriseId, payload });
  if (workspaceId === undefined) return undefined;
  const botUserIds = event?.tokens?.bot ?? [];
  if (eventType === 'tokens_revoked' && botUserIds.length === 0) return undefined;
  return {
    kind: eventType,
    workspaceId,
    ...(appId !== undefined && { appId }),
    ...(eventType === 'tokens_revoked' && { botUserIds }),
    at: event_time === undefined || event_time === null ? new Date(receivedAt) : new Date(event_time * 1000),
  };
}
