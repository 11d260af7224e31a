// Who acts where no request names the caller: Slack, and the member who began a connection and comes back from Slack.
import type { AuditCaller } from '@carillon/runtime';

export const slackActor: AuditCaller = { actor: { kind: 'slack', id: 'slack' } };

export const memberActor = ({ memberId, tenantId }: { memberId: string; tenantId: string }): AuditCaller => ({
  actor: { kind: 'member', id: memberId },
  tenantId,
});
