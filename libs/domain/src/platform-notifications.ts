// The notifications that Carillon itself sends, through its own platform. Guarantees: their text is fixed and only
// their facts differ, so that a producer which forges their source can say nothing else with it; their types exist in
// every catalogue and cannot be turned off.
import { z } from 'zod';
import { notificationType, type NotificationType } from './catalogue.ts';
import { notificationRequest, type NotificationRequest } from './request.ts';
import { storableText } from './storable.ts';

/** Their `ce_source`. Tenants do not list it. */
export const platformSource = '/carillon/platform';

export const platformTypes: readonly NotificationType[] = [
  notificationType.parse({
    name: 'installation.lost',
    title: 'Slack connection lost',
    description: 'Slack no longer accepts a connection of the organisation. Sent to the person who connected it.',
    category: 'carillon',
    channels: ['email'],
    cadences: ['immediate'],
    mutable: false,
    emailFallback: true,
  }),
];

export const isPlatformType = (name: string): boolean => platformTypes.some((type) => type.name === name);

const lostData = z.strictObject({
  installationId: z.uuid(),
  name: storableText.min(1).max(100),
  workspace: storableText.max(200),
  reason: storableText.min(1).max(100),
});
type LostData = z.infer<typeof lostData>;

/** @param memberId the person who connected the installation */
export function installationLost(tenantId: string, memberId: string, data: LostData): NotificationRequest {
  return {
    tenantId,
    type: 'installation.lost',
    to: [{ member: memberId }],
    title: 'A Slack connection was lost',
    body: 'Slack no longer accepts a connection of your organisation. Notifications that would go through it wait. An owner or security admin can connect Slack again in the settings; what waits and has not expired is sent then.',
    facts: [
      { label: 'Connection', value: data.name },
      { label: 'Workspace', value: data.workspace || '-' },
      { label: 'Reason', value: data.reason },
    ],
    data,
    priority: 'urgent',
  };
}

/** Whether a request under the platform's source is what Carillon itself would have written. */
export function isPlatformRequest(request: NotificationRequest): boolean {
  const data = lostData.safeParse(request.data);
  const [to, ...others] = request.to ?? [];
  if (!data.success || !to || !('member' in to) || others.length > 0) return false;
  const own = installationLost(request.tenantId, to.member, data.data);
  return JSON.stringify(notificationRequest.parse(own)) === JSON.stringify(notificationRequest.parse(request));
}
