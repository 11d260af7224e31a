// Ends a grant that nobody will confirm: its tokens are revoked at Slack, and a new installation that waited for it is
// removed. Guarantee: the tokens leave the row in the transaction in which their revocation is stored.
import type { EntityManager } from 'typeorm';
import { Installation } from '../installations/installation.entity.ts';
import type { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { ConnectionAttempt } from './connection-attempt.entity.ts';
import type { Refusal } from './connection-refusals.ts';

/** @returns the revocation, for whoever wants to try it at once */
export async function endGrant(
  manager: EntityManager,
  tasks: SlackTasks,
  attempt: ConnectionAttempt,
  refused: Refusal,
): Promise<string> {
  const { id, tenantId, kid, accessToken, refreshToken, tokenExpiresAt, granted, grantedTo } = attempt;
  const task = await tasks.add(manager, {
    kind: 'revoke',
    subject: id,
    tenantId,
    workspaceId: granted!.workspaceId,
    detail: { uninstall: false },
    tokens: { kid: kid!, accessToken: accessToken!, refreshToken, expiresAt: tokenExpiresAt },
  });
  await manager.update(ConnectionAttempt, { id }, { ...withoutTokens, refused });
  // A later grant takes over the pending installation of a superseded one.
  if (grantedTo !== null && refused !== 'superseded')
    await manager.delete(Installation, { id: grantedTo, state: 'pending' });
  return task;
}

export const withoutTokens = { kid: null, accessToken: null, refreshToken: null, tokenExpiresAt: null };
