// The tokens of a grant that waits for its confirmation, as its row holds them, and the end of a grant that nobody will
// confirm: its tokens are revoked at Slack, and a new installation that waited for it is removed. Guarantee: the tokens
// leave the row in the transaction in which their revocation is stored.
import { IsNull, Not, type EntityManager } from 'typeorm';
import { Installation } from '../installations/installation.entity.ts';
import type { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import type { SealedPair } from '../tokens/sealed-tokens.ts';
import { ConnectionAttempt } from './connection-attempt.entity.ts';
import type { Refusal } from './connection-refusals.ts';

type TokenColumns = Pick<ConnectionAttempt, 'kid' | 'accessToken' | 'refreshToken' | 'tokenExpiresAt'>;

export const withoutTokens: TokenColumns = { kid: null, accessToken: null, refreshToken: null, tokenExpiresAt: null };

export const columnsOf = ({ expiresAt, ...sealed }: SealedPair): TokenColumns => ({
  ...sealed,
  tokenExpiresAt: expiresAt,
});

/** Of a row that holds tokens. */
export const tokensOf = ({ kid, accessToken, refreshToken, tokenExpiresAt }: TokenColumns): SealedPair => ({
  kid: kid!,
  accessToken: accessToken!,
  refreshToken,
  expiresAt: tokenExpiresAt,
});

/** @returns the revocation, for whoever wants to try it at once */
export async function endGrant(
  manager: EntityManager,
  tasks: SlackTasks,
  attempt: ConnectionAttempt,
  refused: Refusal,
): Promise<string> {
  const { id, tenantId, granted, grantedTo } = attempt;
  const task = await tasks.add(manager, {
    kind: 'revoke',
    subject: id,
    tenantId,
    workspaceId: granted!.workspaceId,
    detail: { uninstall: false },
    tokens: tokensOf(attempt),
  });
  await manager.update(ConnectionAttempt, { id }, { ...withoutTokens, refused });
  // A later grant takes over the pending installation of a superseded one.
  if (grantedTo !== null && refused !== 'superseded')
    await manager.delete(Installation, { id: grantedTo, state: 'pending' });
  return task;
}

/** Every grant that waits for this installation. @returns the revocations */
export async function endGrantsOf(
  manager: EntityManager,
  tasks: SlackTasks,
  installationId: string,
  refused: Refusal,
): Promise<string[]> {
  const waiting = await manager.findBy(ConnectionAttempt, { grantedTo: installationId, accessToken: Not(IsNull()) });
  const revocations: string[] = [];
  for (const attempt of waiting) revocations.push(await endGrant(manager, tasks, attempt, refused));
  return revocations;
}
