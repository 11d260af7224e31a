// The actors of audit entries where no token names the caller: Slack, and the member whose browser returns from Slack.
import type { AuditCaller } from '@carillon/runtime';

export const slackActor: AuditCaller = { actor: { kind: 'slack', id: 'slack' } };

export const memberActor = ({ memberId, tenantId }: { memberId: string; tenantId: string }): AuditCaller => ({
  actor: { kind: 'member', id: memberId },
  tenantId,
});
